import type { EmbeddedTemporal } from '../../src/temporal';

export default async function globalTeardown(): Promise<void> {
  await (globalThis as { embeddedTemporal?: EmbeddedTemporal }).embeddedTemporal?.stop();
}
