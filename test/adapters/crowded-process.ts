import { closeSync, openSync } from 'node:fs';
import { runChild } from '../../src/adapters/child-process';

/** Run where few files may be open: uses them up, then tries to start a program, and once more when there is room again. */
async function main(): Promise<void> {
  const run = {
    command: ['true'],
    environment: {},
    input: '',
    maxStdoutBytes: 100,
    killAfterMs: 100,
    signal: AbortSignal.timeout(10_000),
  };
  const open: number[] = [];
  try {
    for (;;) open.push(openSync('/dev/null', 'r'));
  } catch {
    // No more: that is what was wanted.
  }
  const crowded = await runChild(run);
  for (const file of open) closeSync(file);
  process.stdout.write(JSON.stringify([crowded, await runChild(run)]));
}

void main();
