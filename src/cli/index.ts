import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cli } from './cli';
import { EXIT } from './exit-codes';
import { run } from './program';

const cli: Cli = {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  exit: EXIT.ok,
  now: () => Date.now(),
  newId: () => randomUUID(),
  sleep: (ms) => delay(ms),
  openDoor: async (options) => (await import('./temporal-door')).openTemporalDoor(options),
};

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

void run(cli, process.argv.slice(2)).then((exit) => {
  process.exitCode = exit;
});
