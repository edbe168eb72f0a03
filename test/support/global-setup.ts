import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../../src/temporal';

/** One real Temporal server for every suite of a run; each suite works on task queues and ids of its own. */
export default async function globalSetup(): Promise<void> {
  if (process.env.ONLY_UNIT) return;
  const stateDir = mkdtempSync(join(tmpdir(), 'phased-rollback-test-'));
  const temporal = await startEmbedded({
    stateDir,
    persistent: false,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  process.env.TEST_TEMPORAL_ADDRESS = temporal.address;
  (globalThis as { embeddedTemporal?: unknown }).embeddedTemporal = temporal;
}
