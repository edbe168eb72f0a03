import { patience } from '../../contract/target-requests';
import { ControlPlane } from './control-plane';
import type { Additions } from './control-plane';

/** With tools that have to be built first. */
const LONGEST_MS = 30 * 60_000;
/** A test waits for controllers several times, on a machine that does much else beside. */
const TEST_MS = 10 * 60_000;
/** A change is made only once several processes of others have seen it and carried it out, one after the other. */
const CALLER_MS = 2 * 60_000;

/** A Kubernetes that is there for the tests of a file. */
export function controlPlane(additions: Additions = {}): ControlPlane {
  jest.setTimeout(TEST_MS);
  patience.ms = CALLER_MS;
  const plane = new ControlPlane();
  beforeAll(async () => {
    // Its first use would be slower than a call may be.
    await import('@kubernetes/client-node');
    await plane.start((line) => process.stderr.write(`${line}\n`), additions);
  }, LONGEST_MS);
  afterAll(() => plane.stop());
  return plane;
}
