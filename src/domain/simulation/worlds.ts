import { logUniform } from './random';
import type { Random } from './random';

/** Waves of failures: intervals are calm or a burst, and each state multiplies the ratio. */
export interface Waves {
  /** Chance per interval that a burst begins, 0 to 1. */
  readonly enter: number;
  /** Chance per interval that it ends, 0 to 1. */
  readonly leave: number;
  readonly calm: number;
  readonly burst: number;
}

/** Failures that come together, one batch or retry storm each. `mean`: how many, at least 1. */
export interface Clumps {
  readonly kind: 'fixed' | 'geometric';
  readonly mean: number;
}

/** How badly the phase is measured. Chances per interval, 0 to 1. */
export interface Gaps {
  /** That a cohort's scrape is missing. */
  readonly scrape: number;
  /** Whether nothing is seen for a minute that begins in the first two. */
  readonly blackout: boolean;
  /** That a cohort's counters begin again at zero. */
  readonly restart: number;
}

/** What really goes on in a phase, which a judge cannot see. Ratios are 0 to 1. */
export interface World {
  /** Of both revisions together. */
  readonly requestsPerSecond: number;
  /** Share of them on stable, 0 to 1; at 1 there is no control. */
  readonly share: number;
  /** Share of stable's requests that fail, on average. */
  readonly stable: number;
  /** Share of current's requests that fail, on average. */
  readonly current: number;
  /** Each revision's own waves; their states are independent. */
  readonly waves?: Waves;
  /** Waves that hit both at once and add `points` to the ratios of both while they burst. */
  readonly shared?: Pick<Waves, 'enter' | 'leave'> & { readonly points: number };
  readonly clumps?: Clumps;
  readonly gaps?: Gaps;
  /** Share of requests that are bad in the sense of each guardrail: slow ones, where latency is watched. */
  readonly guardrails?: Readonly<Record<string, { readonly stable: number; readonly current: number }>>;
  /** What stable fails while it is still cold. */
  readonly warmUp?: { readonly seconds: number; readonly stable: number };
}

/** What is true of a world: going back helps, changes nothing, or makes it worse. */
export type Truth = 'helps' | 'equal' | 'worse';

/** A world, and what is true of it. */
export interface DrawnWorld {
  readonly world: World;
  readonly truth: Truth;
}

const SHARES = [0.05, 0.1, 0.25, 0.5] as const;
const INTERVAL_S = 10;

/**
 * An incident that nobody has tuned for: 1 to 1,000 requests a second, 5 to 50 % of them on stable, 2 to 30 % failing on
 * current. Going back helps in half of them and makes one in five worse; 40 % have waves and clumps, 30 % gaps.
 */
export function drawWorld(random: Random): DrawnWorld {
  const requestsPerSecond = logUniform(random, 1, 1_000);
  const share = SHARES[Math.floor(random() * SHARES.length)] ?? 0.5;
  const current = logUniform(random, 0.02, 0.3);
  const truth = drawTruth(random);
  const stable = drawStable(random, truth, current);
  const bursts = random() < 0.4 ? drawBursts(random) : {};
  const gaps = random() < 0.3 ? drawGaps(random) : {};
  return { truth, world: { requestsPerSecond, share, stable, current, ...bursts, ...gaps } };
}

function drawTruth(random: Random): Truth {
  const kind = random();
  if (kind < 0.5) return 'helps';
  return kind < 0.8 ? 'equal' : 'worse';
}

function drawStable(random: Random, truth: Truth, current: number): number {
  switch (truth) {
    case 'helps':
      return logUniform(random, 0.0002, 0.005);
    case 'equal':
      return current;
    case 'worse':
      return Math.min(0.95, current * (1.3 + random() * 2.7));
  }
}

/** Bursts of 10 to 60 s for 10 to 40 % of the time, with a mean factor of 1; clumps of up to 8. */
function drawBursts(random: Random): Pick<World, 'waves' | 'clumps'> {
  const calm = 0.2 + random() * 0.8;
  const leave = INTERVAL_S / (10 + random() * 50);
  const duty = 0.1 + random() * 0.3;
  const enter = Math.min(1, (leave * duty) / (1 - duty));
  return {
    waves: { enter, leave, calm, burst: (1 - (1 - duty) * calm) / duty },
    clumps: { kind: 'geometric', mean: 1 + random() * 7 },
  };
}

function drawGaps(random: Random): Pick<World, 'gaps'> {
  return { gaps: { scrape: 0.1 + random() * 0.3, blackout: random() < 0.5, restart: random() * 0.02 } };
}
