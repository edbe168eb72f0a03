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
  waiting.get(id)?.();
  waiting.delete(id);
});

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
