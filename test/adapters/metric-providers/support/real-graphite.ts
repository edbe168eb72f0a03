import { createAdapters } from '../../../../src/adapters';
import type { StratumReading } from '../../../../src/domain/judge/sample';
import type { MetricProvider } from '../../../../src/ports';
import { testDependencies } from '../../support/dependencies';
import { startGraphite } from './graphite-store';
import type { GraphiteStore, SentPoint } from './graphite-store';

/** One target, and the revisions on it. */
export const QUERY = { targets: ['eu'], current: 'v42', stable: 'v41' };
/** Milliseconds. */
export const SECOND = 1_000;
/** Milliseconds. */
export const HOUR = 3_600_000;
/** The last hour that a minute has gone by of: in the past, so that everything can be sent at once. */
export const ON_THE_HOUR = Math.floor((Date.now() - 60 * SECOND) / HOUR) * HOUR;
/** When tests look back. */
export const NOW = ON_THE_HOUR + 60 * SECOND;

/** As long as a look may take. */
export const soon = (): AbortSignal => AbortSignal.timeout(5_000);

let running: Promise<GraphiteStore> | undefined;
let roots = 0;

/** The real Graphite of a test file, started when it is needed. */
export const graphite = (): Promise<GraphiteStore> => (running ??= startGraphite());

/** Ends it. */
export async function stopGraphite(): Promise<void> {
  const store = running;
  running = undefined;
  await (await store)?.close();
}

/** The beginning of paths that no other test has. */
export const newRoot = (archive = 'all'): string => `${archive}.r${(roots += 1)}`;

/** A provider of the metrics below a root; counters in steps of a second, where nothing else is said. */
export function provider(url: string, root: string, settings: object = {}, now = Date.now): MetricProvider {
  const paths = { requests: `${root}.{target}.{revision}.requests`, bad: `${root}.{target}.{revision}.bad` };
  const config = { type: 'graphite', url, stepSeconds: 1, sends: 'counters', ...paths, ...settings };
  const deps = { ...testDependencies({ '${env:TOKEN}': 'hidden', '${env:SHOP}': 'token-of-shop' }), now };
  return createAdapters(deps).metrics({ name: 'errors', kind: 'errors', provider: config });
}

/** Values of one path, one a step up to `end`. */
export function line(
  path: string,
  values: readonly (number | null)[],
  stepMs = SECOND,
  end = NOW,
): readonly SentPoint[] {
  return values.flatMap((value, index) =>
    value === null ? [] : [{ path, value, at: end - (values.length - 1 - index) * stepMs }],
  );
}

/** What a provider shows of these paths up to `at`, as soon as their last step is over. */
export async function collected(
  root: string,
  sent: Readonly<Record<string, readonly (number | null)[]>>,
  settings: object = {},
  at = NOW,
): Promise<StratumReading | undefined> {
  const store = await graphite();
  await store.send(Object.entries(sent).flatMap(([path, values]) => line(`${root}.${path}`, values, SECOND, at)));
  const read = await provider(store.url, root, settings, () => at + SECOND).collect(QUERY, at, soon());
  return read.strata[0];
}

/** Sends the totals of a revision on a target, all at one instant. */
export async function sendTotals(
  root: string,
  [target, revision]: readonly [string, string],
  counts: { readonly requests: number; readonly bad: number },
  at: number,
): Promise<void> {
  const path = `${root}.${target}.${revision}`;
  const store = await graphite();
  await store.send(Object.entries(counts).map(([key, value]) => ({ path: `${path}.${key}`, value, at })));
}
