/** Environment variable through which a parent hands a fleet process its configuration as JSON. */
export const CONFIG_VARIABLE = 'PHASED_ROLLBACK_FLEET_CONFIG';

const PARENT_CHECK_MS = 1000;

/**
 * Makes this process a child that never outlives its parent: it exits on SIGTERM, when stdin closes, when
 * stdout breaks, or when it is handed to another parent. Returns its configuration, taken from `argv[2]` or
 * the environment; exits with 2 when there is none.
 */
export function beChild<Config>(): Config {
  const leave = (): never => process.exit(0);
  process.on('SIGTERM', leave);
  // A terminal's Ctrl-C reaches the whole group; the parent decides when its children go.
  process.on('SIGINT', () => undefined);
  process.stdout.on('error', leave);
  process.stdin.on('end', leave).on('close', leave).on('error', leave).resume();
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && leave(), PARENT_CHECK_MS).unref();
  const text = process.argv[2] ?? process.env[CONFIG_VARIABLE];
  if (text === undefined) {
    process.stderr.write(`no configuration: give it as JSON in the first argument or in ${CONFIG_VARIABLE}\n`);
    process.exit(2);
  }
  // The parent is the same build and writes the same type; there is no foreign input to check here.
  return JSON.parse(text) as Config;
}

/** Writes one JSON line for the parent. */
export function tellParent(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
