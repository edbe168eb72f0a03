import { ControlPlane } from './control-plane';

/** With tools that have to be built first. */
const LONGEST_MS = 30 * 60_000;

/** A Kubernetes that is there for the tests of a file. */
export function controlPlane(): ControlPlane {
  const plane = new ControlPlane();
  beforeAll(async () => {
    await plane.start((line) => process.stderr.write(`${line}\n`));
    // Its first use would be slower than a call may be.
    await import('@kubernetes/client-node');
  }, LONGEST_MS);
  afterAll(() => plane.stop());
  return plane;
}
