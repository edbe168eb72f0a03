import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cli } from './cli';
import { EXIT } from './exit-codes';
import { run } from './program';
import { lazy } from './lazy';

/** The same place beside `src` and beside `dist`. */
function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8'));
  return String(Object(manifest).version);
}

const cli: Cli = {
  in: process.stdin,
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  exit: EXIT.ok,
  version: ownVersion(),
  now: () => Date.now(),
  newId: () => randomUUID(),
  sleep: (ms) => delay(ms),
  openDoor: async (options) => lazy.temporalDoor().openTemporalDoor(options),
};

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

void run(cli, process.argv.slice(2)).then((exit) => {
  process.exitCode = exit;
});
