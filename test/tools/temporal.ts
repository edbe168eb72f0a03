import { findTemporalBinary } from '../../src/temporal';

const ORIGINS = {
  path: 'the PATH',
  cache: 'the cache',
  download: 'a download',
  'go-build': 'a build with Go',
} as const;

/** A Temporal that tests can start, found or made by the product's own means. */
export async function temporalBinary(say: (line: string) => void): Promise<string> {
  const startedAt = Date.now();
  const { path, source, serverVersion } = await findTemporalBinary({ onProgress: say });
  const isNew = source === 'download' || source === 'go-build';
  const cost = isNew ? `, made in ${Math.round((Date.now() - startedAt) / 1_000)} s: what a cold cache cost` : '';
  say(`server ${serverVersion} from ${ORIGINS[source]}${cost}`);
  return path;
}
