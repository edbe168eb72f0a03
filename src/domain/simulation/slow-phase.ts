import type { Bucket, Sample, SeriesReading } from '../judge/sample';
import { binomial, generator, poisson } from './random';
import type { Random } from './random';

/** The bounds that Prometheus' client libraries have by default, in seconds. */
const DEFAULT_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MEDIAN_S = 0.12;
const SIGMA = 0.8;
const TAIL_FACTOR = 8;
const INTERVAL_S = 10;

/** Lognormal latency, some of it slower: all of it by `factor`, and a share `tail` of it eight times. */
export interface Slowness {
  readonly factor: number;
  readonly tail: number;
}

/** Latency as it is without an incident. */
export const NORMAL: Slowness = { factor: 1, tail: 0 };

/** What one phase shows of a histogram, with errors beside it; cumulative from long before the phase. */
export interface SlowWorld {
  readonly seed: number;
  readonly run?: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly requestsPerSecond: number;
  /** Share of stable, 0 to 1. */
  readonly share: number;
  readonly stable: Slowness;
  readonly current: Slowness;
  readonly errors: { readonly stable: number; readonly current: number };
}

interface Counter {
  requests: number;
  errors: number;
  readonly buckets: number[];
}

/** A phase of such a world. */
export interface SlowPhase {
  /** The suspect's five minutes before, by bucket. */
  readonly history: { readonly requests: number; readonly buckets: readonly Bucket[] };
  /** A look every ten seconds, drawn as it is asked for; the first shows where the counters stand. */
  readonly samples: Iterable<Sample>;
}

/** Plays a phase of 60 intervals; the guardrail `latency` shows all buckets, and the symptom errors. */
export function slowPhase(world: SlowWorld): SlowPhase {
  const random = generator(world.seed, world.run ?? 0);
  const counters = { stable: counter(), current: counter() };
  const add = (cohort: 'stable' | 'current', share: number, seconds: number): void => {
    const requests = poisson(random, seconds * world.requestsPerSecond * share);
    const own = counters[cohort];
    own.requests += requests;
    own.errors += binomial(random, requests, world.errors[cohort]);
    for (const [place, count] of spread(random, requests, world[cohort]).entries())
      own.buckets[place] = (own.buckets[place] ?? 0) + count;
  };
  add('current', 1, 300);
  const history = { requests: counters.current.requests, buckets: bucketsOf(counters.current) };
  const look = (tick: number): Sample => {
    if (tick > 0) {
      add('stable', world.share, INTERVAL_S);
      add('current', 1 - world.share, INTERVAL_S);
    }
    const at = world.startedAt + tick * INTERVAL_S * 1_000 + 1;
    const errors = (own: Counter): SeriesReading[] => [{ series: 'a', requests: own.requests, bad: own.errors, at }];
    const slow = (own: Counter): SeriesReading[] => [
      { series: 'a', requests: own.requests, bad: 0, at, buckets: bucketsOf(own) },
    ];
    const { stable, current } = counters;
    return {
      at,
      strata: [{ target: 'eu', stable: errors(stable), current: errors(current) }],
      guardrails: { latency: [{ target: 'eu', stable: slow(stable), current: slow(current) }] },
    };
  };
  return { history, samples: looks(look) };
}

function* looks(look: (tick: number) => Sample): Generator<Sample> {
  for (let tick = 0; tick <= 60; tick += 1) yield look(tick);
}

function counter(): Counter {
  return { requests: 0, errors: 0, buckets: DEFAULT_BOUNDS.map(() => 0) };
}

function bucketsOf({ buckets }: Counter): readonly Bucket[] {
  return buckets.map((count, place) => ({ bound: DEFAULT_BOUNDS[place] ?? 0, count }));
}

/** How many of these requests took at most each bound. */
function spread(random: Random, requests: number, slowness: Slowness): readonly number[] {
  let left = requests;
  let below = 0;
  return DEFAULT_BOUNDS.map((bound) => {
    const upTo = distribution(bound, slowness);
    const within = binomial(random, left, Math.min(1, (upTo - below) / Math.max(1 - below, Number.EPSILON)));
    left -= within;
    below = upTo;
    return requests - left;
  });
}

function distribution(seconds: number, { factor, tail }: Slowness): number {
  const upTo = (times: number): number => normal((Math.log(seconds / times) - Math.log(MEDIAN_S)) / SIGMA);
  return (1 - tail) * upTo(factor) + tail * upTo(TAIL_FACTOR);
}

/** The standard normal distribution, by Abramowitz and Stegun 7.1.26; off by at most 0.0000002. */
function normal(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const factors = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const erf = 1 - factors.reduce((sum, factor) => sum * t + factor, 0) * t * Math.exp(-x * x);
  return (1 + Math.sign(z) * erf) / 2;
}
