import type { StratumReading } from '../../../../src/domain/judge/sample';
import type { Added, MetricProvider, Sliced } from '../../../../src/ports';
import type { SlicedSubject } from '../../../contract/sliced.contract';
import { TcpGate } from '../../../support/tcp-gate';
import { testDependencies } from '../../support/dependencies';
import { startGraphite } from './graphite-store';
import type { GraphiteStore, SentPoint } from './graphite-store';
import { slicedProvider } from './sliced-provider';

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
export function provider(url: string, root: string, settings: object = {}, now = Date.now): MetricProvider & Sliced {
  const paths = { requests: `${root}.{target}.{revision}.requests`, bad: `${root}.{target}.{revision}.bad` };
  const config = { type: 'graphite', url, stepSeconds: 1, sends: 'counters', ...paths, ...settings };
  const deps = { ...testDependencies({ '${env:TOKEN}': 'hidden', '${env:SHOP}': 'token-of-shop' }), now };
  return slicedProvider(config, deps);
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

/** A route as a node of a path, which cannot be without one. */
export const nodeOf = (route: string): string => (route === '' ? 'none' : route.slice(1));

/**
 * A provider whose paths name a route, and values up to two steps that are over: one before the window, one in it. `sends`
 * totals, or what was new in a step.
 */
export async function slicedGraphite(sends: 'counters' | 'counts', stepSeconds: number): Promise<SlicedSubject> {
  const store = await graphite();
  const way = new TcpGate();
  await way.open(new URL(store.url).host);
  const root = newRoot(stepSeconds === 10 ? 'ten' : 'all');
  const stepMs = stepSeconds * SECOND;
  const turned = Math.floor(Date.now() / stepMs) * stepMs - 3 * stepMs;
  let at = turned;
  const before: Record<string, Added> = {};
  // All at once: carbon looks for new ones once a second.
  const shown: SentPoint[] = [];
  const paths = {
    requests: `${root}.{target}.{revision}.{label:route}.requests`,
    bad: `${root}.{target}.{revision}.{label:route}.bad`,
  };
  return {
    provider: provider(`http://${way.address}`, root, { sends, stepSeconds, ...paths }),
    async show(target, revision, route, counts) {
      const key = `${target}.${revision}.${nodeOf(route)}`;
      const { requests, bad } = before[key] ?? { requests: 0, bad: 0 };
      before[key] = counts;
      const added = { requests: counts.requests - requests, bad: counts.bad - bad };
      const sent = sends === 'counters' ? { requests: counts.requests, bad: counts.bad } : added;
      for (const [name, value] of Object.entries(sent)) shown.push({ path: `${root}.${key}.${name}`, value, at });
    },
    clock: {
      turn() {
        at = turned + stepMs;
        return turned;
      },
      async end() {
        await store.send(shown.splice(0));
        return turned + stepMs;
      },
    },
    unreachable: async () => way.close(),
    close: async () => way.close(),
  };
}
