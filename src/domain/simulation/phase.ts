import { binomial, geometric, poisson } from './random';
import type { Random } from './random';
import type { CohortCounts } from '../judge/verdict';
import type { RecordedCounts, RecordedSample } from '../judge/recorded';
import type { Clumps, Waves, World } from './worlds';

/** How long a phase is looked at, and how long the suspect was before it. */
export interface Timing {
  readonly intervalSeconds: number;
  /** Intervals before the phase, in which current has all of the traffic. */
  readonly history: number;
  /** Intervals of the phase, one sample each. */
  readonly intervals: number;
}

/** What the counters of a phase show. */
export interface SimulatedPhase {
  /** The suspect's intervals before the phase, oldest first. */
  readonly history: readonly CohortCounts[];
  /** Cumulative counters since the phase began; null where a scrape is missing. */
  readonly samples: readonly RecordedSample[];
}

/** A phase that goes on only as far as it is watched. */
export interface RunningPhase extends Pick<SimulatedPhase, 'history'> {
  /** What the suspect had of each guardrail in those intervals, where a real past shows it. */
  readonly guarded?: Readonly<Record<string, readonly CohortCounts[]>>;
  /** The same samples, each drawn when it is asked for; to be gone through once. */
  readonly samples: Iterator<RecordedSample, undefined>;
}

const COHORTS = ['stable', 'current'] as const;
const BLACKOUT_INTERVALS = 6;
const BLACKOUT_STARTS = 12;

/** Plays one phase of this world to its end. All chance is drawn from `random`, in an order that stays as it is. */
export function simulatePhase(world: World, random: Random, timing: Timing): SimulatedPhase {
  const { history, samples } = openPhase(world, random, timing);
  return { history, samples: [...{ [Symbol.iterator]: () => samples }] };
}

/** The same phase, played as far as one asks for its samples: most are decided long before they end. */
export function openPhase(world: World, random: Random, timing: Timing): RunningPhase {
  const weather = openWeather(world, random);
  const blackoutAt = world.gaps?.blackout ? Math.floor(random() * BLACKOUT_STARTS) : Infinity;
  const history = Array.from({ length: timing.history }, () => {
    weather.step('history');
    const requests = poisson(random, timing.intervalSeconds * world.requestsPerSecond);
    return { requests, bad: failures(random, requests, weather.ratio('current', 0), world.clumps) };
  });
  return { history, samples: samplesOf(world, random, timing, { weather, blackoutAt }) };
}

interface Running {
  readonly weather: Weather;
  readonly blackoutAt: number;
}

function* samplesOf(
  world: World,
  random: Random,
  { intervalSeconds, intervals }: Timing,
  { weather, blackoutAt }: Running,
): Generator<RecordedSample, undefined> {
  const counters = { stable: zero(world), current: zero(world) };
  for (let interval = 0; interval < intervals; interval += 1) {
    weather.step('phase');
    const perInterval = intervalSeconds * world.requestsPerSecond;
    const requests = {
      stable: poisson(random, perInterval * world.share),
      current: poisson(random, perInterval * (1 - world.share)),
    };
    const began = interval * intervalSeconds;
    const bad = {
      stable: failures(random, requests.stable, weather.ratio('stable', began), world.clumps),
      current: failures(random, requests.current, weather.ratio('current', began), world.clumps),
    };
    for (const cohort of COHORTS) {
      const others = guardrailsOf(world, (ratios) => binomial(random, requests[cohort], ratios[cohort]));
      const restarted = world.gaps !== undefined && random() < world.gaps.restart;
      const before = restarted ? zero(world) : counters[cohort];
      counters[cohort] = added(before, { requests: requests[cohort], bad: bad[cohort], ...others });
    }
    const dark = interval >= blackoutAt && interval < blackoutAt + BLACKOUT_INTERVALS;
    const seen = (cohort: 'stable' | 'current'): RecordedCounts | null =>
      world.gaps && (random() < world.gaps.scrape || dark) ? null : counters[cohort];
    yield { at: (began + intervalSeconds) * 1_000, stable: seen('stable'), current: seen('current') };
  }
}

/** The waves of a world and the ratio that they make. */
interface Weather {
  /** Goes on by one interval; before the phase there is nobody on stable. */
  readonly step: (when: 'history' | 'phase') => void;
  /** Share of a cohort's requests that fail now. `began`: seconds since the phase began. */
  readonly ratio: (cohort: 'stable' | 'current', began: number) => number;
}

function openWeather(world: World, random: Random): Weather {
  const { waves, shared, warmUp } = world;
  const own = waves && { stable: openChain(random, waves), current: openChain(random, waves) };
  const both = shared && openChain(random, shared);
  return {
    step: (when) => {
      if (when === 'phase') own?.stable.step();
      own?.current.step();
      both?.step();
    },
    ratio: (cohort, began) => {
      const cold = cohort === 'stable' && warmUp !== undefined && began < warmUp.seconds;
      const mean = cold ? warmUp.stable : world[cohort];
      const factor = own && waves ? (own[cohort].isBurst() ? waves.burst : waves.calm) : 1;
      return mean * factor + (both?.isBurst() ? (shared?.points ?? 0) : 0);
    },
  };
}

interface Chain {
  readonly step: () => void;
  readonly isBurst: () => boolean;
}

function openChain(random: Random, { enter, leave }: Pick<Waves, 'enter' | 'leave'>): Chain {
  let burst = random() < enter / (enter + leave);
  return {
    step: () => {
      burst = random() < (burst ? 1 - leave : enter);
    },
    isBurst: () => burst,
  };
}

function failures(random: Random, requests: number, ratio: number, clumps: Clumps | undefined): number {
  if (!clumps) return binomial(random, requests, Math.min(1, ratio));
  let total = 0;
  for (let left = poisson(random, (requests * ratio) / clumps.mean); left > 0; left -= 1) {
    total += clumps.kind === 'fixed' ? clumps.mean : geometric(random, clumps.mean);
  }
  return Math.min(requests, total);
}

type Ratios = NonNullable<World['guardrails']>[string];

function guardrailsOf({ guardrails }: World, count: (ratios: Ratios) => number): Pick<RecordedCounts, 'guardrails'> {
  if (!guardrails) return {};
  return { guardrails: Object.fromEntries(Object.entries(guardrails).map(([name, ratios]) => [name, count(ratios)])) };
}

function zero(world: World): RecordedCounts {
  return { requests: 0, bad: 0, ...guardrailsOf(world, () => 0) };
}

function added(before: RecordedCounts, more: RecordedCounts): RecordedCounts {
  const guardrails = Object.entries(before.guardrails ?? {});
  return {
    requests: before.requests + more.requests,
    bad: before.bad + more.bad,
    ...(before.guardrails
      ? { guardrails: Object.fromEntries(guardrails.map(([name, n]) => [name, n + (more.guardrails?.[name] ?? 0)])) }
      : {}),
  };
}
