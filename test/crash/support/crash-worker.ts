import type * as workerModule from '../../../src/worker';
import { tripwires } from './tripwires';
import { endWithParent } from './world';

// The compiled product: its workflow bundle lies beside it.
const { runWorker } = require('../../../dist/worker') as typeof workerModule;

/** The product's own worker, with tripwires around its activities. */
const waiting = new Map<number, () => void>();
let told = 0;

endWithParent();
process.on('message', (id: number) => {
  if (id < 0) exhaustMemory();
  waiting.get(id)?.();
  waiting.delete(id);
});

/** Holds more and more until the process dies of it, as a leak does in the end. */
function exhaustMemory(): never {
  const held: number[][] = [];
  for (;;) held.push(Array.from({ length: 1_000_000 }, () => held.length));
}

const [, , configPath = '', address = '', name = 'worker'] = process.argv;

const wires = tripwires(
  name,
  (point) =>
    new Promise((resolve) => {
      const id = (told += 1);
      waiting.set(id, resolve);
      process.send?.({ id, point });
    }),
);

runWorker({ configPath, address, stickyTimeoutMs: 1_000, ...wires }).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
