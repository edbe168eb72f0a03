import { boundsOfPast, pastAtBounds } from '../domain/judge';
import { knownAsOf } from '../domain/plan/census';
import type { KnownAs } from '../domain/plan/census';
import { judgedMetrics } from '../domain/policy/policy';
import type { MetricPolicy, ServicePolicy } from '../domain/policy/policy';
import type { Cause } from '../domain/alert/alert';
import type { RememberedMetric, RememberedTarget } from '../domain/simulation';
import type { MetricProvider, MetricQuery, PastInterval } from '../ports';
import type { Cli } from './cli';
import { readTargets, withSlots } from './doctor/picture';
import { CliError, EXIT } from './exit-codes';
import { lazy } from './lazy';
import type { Revisions, Window } from './past-window';
import { progress } from './progress';

const READ_LIMIT_MS = 10_000;
/** Cut at these, every piece is whole buckets of a store that counts in buckets, and an answer stays small. */
const PIECE_INTERVALS = 60;

/** What is read of a window, and of whom. */
export interface Remembering {
  readonly policy: ServicePolicy;
  readonly cause: Cause;
  readonly targets: readonly string[];
  readonly revisions: Revisions;
  readonly window: Window;
}

/** What was read, and why a target did not say by what names metrics know its revisions, by its name. */
export interface Memories {
  readonly targets: readonly RememberedTarget[];
  readonly unread: Readonly<Record<string, string>>;
}

/**
 * What the metric store remembers of a window, read in pieces; guardrails of sources that keep no past are left out.
 * Revisions go by the names that the targets give them now; by their own where a target cannot be asked.
 */
export async function remembered(cli: Cli, asked: Remembering): Promise<Memories> {
  const { policy, cause, targets, window, revisions } = asked;
  const { createAdapters, resolveSecret } = lazy.adapters();
  const adapters = createAdapters({ resolveSecret, log: { info: () => undefined }, now: () => cli.now() });
  const { symptom, guardrails } = judgedMetrics(policy, cause);
  if (!symptom)
    throw new CliError(
      EXIT.usage,
      `${window.said}: the policy has no metric that counts requests; add one to "metrics"`,
    );
  const counted = guardrails.filter(({ measures }) => measures === undefined || measures === 'buckets');
  const pieces = piecesOf(window, policy.timing.intervalMs);
  const { census, unread } = await readTargets(
    withSlots(adapters, revisions.slots),
    policy.targets.filter(({ name }) => targets.includes(name)),
  );
  const knownAs = knownAsOf(census);
  const said = progress(cli, (1 + counted.length) * targets.length * pieces.length, 'pieces of the past');
  let done = 0;
  const read = async (metric: MetricPolicy): Promise<Readonly<Record<string, RememberedMetric>> | string> => {
    const source = { provider: adapters.metrics(metric), ...(knownAs ? { knownAs } : {}) };
    const past = await readMetric(source, asked, pieces, () => said.done((done += 1)));
    return typeof past === 'string' ? past : countedOf(metric, past, policy.timing.intervalMs);
  };
  const main = await read(symptom);
  if (typeof main === 'string')
    throw new CliError(
      EXIT.usage,
      `${window.said}: the past of "${symptom.name}" cannot be read: ${main}; name a metric store such as prometheus in the policy, or play an invented incident without a window`,
    );
  const others: (readonly [string, Readonly<Record<string, RememberedMetric>>])[] = [];
  for (const metric of counted) {
    const past = await read(metric);
    if (typeof past !== 'string') others.push([metric.name, past]);
  }
  said.end();
  const all = targets.map((target) => ({
    target,
    symptom: main[target] ?? NOTHING,
    guardrails: Object.fromEntries(others.map(([name, past]) => [name, past[target] ?? NOTHING])),
  }));
  return { targets: all, unread };
}

const NOTHING: RememberedMetric = { current: [], stable: [] };

type Piece = Pick<Window, 'from' | 'to'>;

function piecesOf({ from, to }: Window, intervalMs: number): readonly Piece[] {
  const lengthMs = PIECE_INTERVALS * intervalMs;
  const pieces: Piece[] = [];
  for (let at = from; at < to; at = pieces.at(-1)?.to ?? to) {
    pieces.push({ from: at, to: Math.min(to, (Math.floor(at / lengthMs) + 1) * lengthMs) });
  }
  return pieces;
}

interface TargetPast {
  readonly target: string;
  readonly current: readonly PastInterval[];
  readonly stable: readonly PastInterval[];
}

interface Source {
  readonly provider: MetricProvider;
  readonly knownAs?: KnownAs;
}

/** The past of one metric on each target; or why its source has none. */
async function readMetric(
  { provider, ...names }: Source,
  { policy, targets, revisions, window }: Remembering,
  pieces: readonly Piece[],
  done: () => Promise<void>,
): Promise<readonly TargetPast[] | string> {
  const { suspect } = revisions;
  const of = (target: string, revision: string | undefined, piece: Piece): Promise<readonly PastInterval[] | string> =>
    revision === undefined
      ? Promise.resolve([])
      : intervalsOf(
          provider,
          { targets: [target], current: revision, stable: revision, ...names },
          piece,
          policy.timing.intervalMs,
        );
  const all: TargetPast[] = [];
  for (const target of targets) {
    const read: TargetPast[] = [];
    for (const piece of pieces) {
      const [current, stable] = await Promise.all([of(target, suspect, piece), of(target, revisions.old, piece)]);
      if (typeof current === 'string') return current;
      read.push({ target, current, stable: typeof stable === 'string' ? [] : stable });
      await done();
    }
    all.push({
      target,
      current: read.flatMap(({ current }) => current),
      stable: read.flatMap(({ stable }) => stable),
    });
  }
  // One target was asked at a time; a source that cannot tell several apart says so only when it is asked for all.
  if (targets.length > 1)
    await provider.collect({ targets, current: suspect, stable: suspect, ...names }, window.to, limit());
  return all;
}

async function intervalsOf(
  provider: MetricProvider,
  query: MetricQuery,
  { from, to }: Piece,
  stepMs: number,
): Promise<readonly PastInterval[] | string> {
  const past = await provider.history(query, from, to, stepMs, limit());
  switch (past.kind) {
    case 'counts':
      return past.intervals;
    case 'values':
      return 'its source shows a value, not requests';
    case 'unavailable':
      return past.because;
  }
}

function limit(): AbortSignal {
  return AbortSignal.timeout(READ_LIMIT_MS);
}

/** Counts by target; of a histogram without a bound those beyond the middle one of the bounds that the judge would pick. */
function countedOf(
  { measures }: MetricPolicy,
  past: readonly TargetPast[],
  intervalMs: number,
): Readonly<Record<string, RememberedMetric>> {
  const { bounds } =
    measures === 'buckets' ? boundsOfPast({ intervals: past.flatMap(({ current }) => current), intervalMs }) : {};
  const counted = (intervals: readonly PastInterval[]): RememberedMetric['current'] => {
    if (measures !== 'buckets') return intervals;
    return bounds ? intervals.map((each) => ({ at: each.at, spanMs: each.spanMs, ...pastAtBounds(each, bounds) })) : [];
  };
  return Object.fromEntries(
    past.map(({ target, current, stable }) => [target, { current: counted(current), stable: counted(stable) }]),
  );
}
