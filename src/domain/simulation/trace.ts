import type { CohortCounts } from '../judge/verdict';
import type { RecordedSample } from '../judge/recorded';
import type { RunningPhase, Timing } from './phase';
import { binomial } from './random';
import type { Random } from './random';

/** What is made of intervals that the suspect went through alone. */
export interface Retold {
  /** Oldest first; begun anew where they end. At least one. */
  readonly intervals: readonly CohortCounts[];
  /** Interval at which the phase begins; those before it are its history. */
  readonly beginsAt: number;
  /** Share of the requests that would have been on stable, 0 to 1. */
  readonly share: number;
  /** Share of stable's requests that would have failed, 0 to 1. */
  readonly stable: number;
}

/**
 * A phase over a real past: each request of an interval falls to stable with the share's probability and fails there as
 * often as `stable` says; what is left with current failed as it really did. Chance enters by the split alone.
 */
export function retellPhase(retold: Retold, random: Random, timing: Timing): RunningPhase {
  const { beginsAt } = retold;
  const known = Math.min(timing.history, beginsAt);
  const history = Array.from({ length: known }, (_, index) => intervalOf(retold, beginsAt - known + index));
  return { history, samples: samplesOf(retold, random, timing) };
}

function intervalOf({ intervals }: Retold, index: number): CohortCounts {
  return intervals[index % intervals.length] ?? { requests: 0, bad: 0 };
}

function* samplesOf(
  retold: Retold,
  random: Random,
  { intervalSeconds, intervals }: Timing,
): Generator<RecordedSample, undefined> {
  let stable = { requests: 0, bad: 0 };
  let current = { requests: 0, bad: 0 };
  for (let interval = 0; interval < intervals; interval += 1) {
    const { requests, bad } = intervalOf(retold, retold.beginsAt + interval);
    const badMoved = binomial(random, bad, retold.share);
    const moved = badMoved + binomial(random, requests - bad, retold.share);
    stable = { requests: stable.requests + moved, bad: stable.bad + binomial(random, moved, retold.stable) };
    current = { requests: current.requests + requests - moved, bad: current.bad + bad - badMoved };
    yield { at: (interval + 1) * intervalSeconds * 1_000, stable, current };
  }
}
