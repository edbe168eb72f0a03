import type { CohortCounts } from '../judge/verdict';
import type { RecordedCounts, RecordedSample } from '../judge/recorded';
import { MIN_REQUESTS } from '../judge/settings';
import type { RunningPhase, Timing } from './phase';
import { binomial } from './random';
import type { Random } from './random';
import type { World } from './worlds';

/** What a revision really had in one interval. A guardrail that was not measured in it is missing. Whole numbers. */
export interface TracedCounts extends CohortCounts {
  readonly guardrails?: Readonly<Record<string, CohortCounts>>;
}

/** One interval of a real past on one target, `stable` where it served as well; null where the suspect was not measured. */
export type TracedInterval = { readonly current: TracedCounts; readonly stable?: TracedCounts } | null;

/** What is made of intervals that the suspect really went through. */
export interface Retold {
  /** Oldest first; begun anew where they end. At least one. */
  readonly intervals: readonly TracedInterval[];
  /** Interval at which the phase begins; those before it are its history. */
  readonly beginsAt: number;
  /** Share of the requests that would have been on stable, 0 to 1. */
  readonly share: number;
  /** Ratios of the whole past, 0 to 1: what an interval too poor to tell is taken to be like. */
  readonly usual: Usual;
}

/** Share of bad requests of each revision, and of each guardrail. Guardrails that are not named here are not played. */
type Usual = Pick<World, 'stable' | 'current' | 'guardrails'>;

/**
 * A phase over a real past. Each request of an interval falls to stable with the share's probability. Those that stay
 * with the revision that had them end as they did; the others fail as often as those of their new revision did in that
 * interval. Chance enters by that alone; an interval that was not measured is a missing scrape.
 */
export function retellPhase(retold: Retold, random: Random, timing: Timing): RunningPhase {
  const { beginsAt } = retold;
  const known = Math.min(timing.history, beginsAt);
  const history = Array.from({ length: known }, (_, index) => tracedAt(retold.intervals, beginsAt - known + index));
  return {
    history: history.flatMap((interval) => (interval ? [countsOf(interval.current)] : [])),
    guarded: Object.fromEntries(
      Object.keys(retold.usual.guardrails ?? {}).map((name) => [
        name,
        history.flatMap((interval) => interval?.current.guardrails?.[name] ?? []),
      ]),
    ),
    samples: samplesOf(retold, random, timing),
  };
}

/** The interval at this place of a trace that is begun anew where it ends. */
export function tracedAt(intervals: readonly TracedInterval[], index: number): TracedInterval {
  return intervals[index % intervals.length] ?? null;
}

/**
 * The ratio of an interval in which a revision had these counts, drawn towards its usual one as by 30 requests of that:
 * one failure among three requests is no ratio of a third.
 */
export function ratioIn(counts: CohortCounts | undefined, usual: number): number {
  const { requests, bad } = counts ?? NONE;
  return (bad + MIN_REQUESTS * usual) / (requests + MIN_REQUESTS);
}

const NONE: CohortCounts = { requests: 0, bad: 0 };

interface Both {
  readonly stable: CohortCounts;
  readonly current: CohortCounts;
}

function* samplesOf(
  retold: Retold,
  random: Random,
  { intervalSeconds, intervals }: Timing,
): Generator<RecordedSample, undefined> {
  let counted: Both = { stable: NONE, current: NONE };
  let guarded: Readonly<Record<string, Both>> = {};
  for (let index = 0; index < intervals; index += 1) {
    const past = tracedAt(retold.intervals, retold.beginsAt + index);
    const at = (index + 1) * intervalSeconds * 1_000;
    if (!past) {
      yield { at, stable: null, current: null };
      continue;
    }
    counted = added(counted, redealt(past, retold.usual, retold.share, random));
    const seen = guardrailsIn(past, retold, random);
    guarded = { ...guarded, ...Object.fromEntries(seen.map(([name, both]) => [name, added(guarded[name], both)])) };
    const names = seen.map(([name]) => name);
    yield { at, stable: shown('stable', counted, guarded, names), current: shown('current', counted, guarded, names) };
  }
}

function shown(
  cohort: keyof Both,
  counted: Both,
  guarded: Readonly<Record<string, Both>>,
  names: readonly string[],
): RecordedCounts {
  const own = names.map((name) => [name, guarded[name]?.[cohort] ?? NONE]);
  return { ...counted[cohort], ownGuardrails: Object.fromEntries(own) as Record<string, CohortCounts> };
}

/** Those guardrails that the suspect showed in this interval, dealt anew like the requests. */
function guardrailsIn(
  past: NonNullable<TracedInterval>,
  { usual, share }: Retold,
  random: Random,
): readonly (readonly [string, Both])[] {
  return Object.entries(usual.guardrails ?? {}).flatMap(([name, ratios]) => {
    const [current, stable] = [past.current.guardrails?.[name], past.stable?.guardrails?.[name]];
    return current ? [[name, redealt({ current, ...(stable ? { stable } : {}) }, ratios, share, random)] as const] : [];
  });
}

function redealt(
  past: { readonly current: CohortCounts; readonly stable?: CohortCounts },
  usual: Pick<Usual, 'stable' | 'current'>,
  share: number,
  random: Random,
): Both {
  const { current, stable = NONE } = past;
  const moved = part(current, share, random);
  const back = part(stable, 1 - share, random);
  const failing = (requests: number, ratio: number): number => portion(random, requests, ratio);
  return {
    stable: {
      requests: stable.requests - back.requests + moved.requests,
      bad: stable.bad - back.bad + failing(moved.requests, ratioIn(past.stable, usual.stable)),
    },
    current: {
      requests: current.requests - moved.requests + back.requests,
      bad: current.bad - moved.bad + failing(back.requests, ratioIn(current, usual.current)),
    },
  };
}

/** So many of these requests, with the bad ones among them. */
function part({ requests, bad }: CohortCounts, share: number, random: Random): CohortCounts {
  const ofBad = portion(random, bad, share);
  return { requests: ofBad + portion(random, requests - bad, share), bad: ofBad };
}

const MANY = 2_000;

/** A binomial count; where many are expected by the normal law, which is as close there as rounding, and quick. */
function portion(random: Random, n: number, p: number): number {
  const variance = n * p * (1 - p);
  if (variance < MANY) return binomial(random, n, Math.min(1, p));
  const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return Math.min(n, Math.max(0, Math.round(n * p + normal * Math.sqrt(variance))));
}

function added(before: Both | undefined, more: Both): Both {
  const sum = (a: CohortCounts, b: CohortCounts): CohortCounts => ({
    requests: a.requests + b.requests,
    bad: a.bad + b.bad,
  });
  return { stable: sum(before?.stable ?? NONE, more.stable), current: sum(before?.current ?? NONE, more.current) };
}

function countsOf({ requests, bad }: TracedCounts): CohortCounts {
  return { requests, bad };
}
