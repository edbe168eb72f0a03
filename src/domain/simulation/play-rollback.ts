import { SHIFT_MS } from '../plan/relief';
import { failuresOf } from './failures';
import type { Failures } from './failures';
import type { Incident } from './incident';
import { playPhase } from './play-phase';
import type { PlayedPhase } from './play-phase';
import type { Random } from './random';
import type { Rehearsal } from './rehearsal';

/** One simulated rollback. Times in milliseconds, failures as expected over its length. */
export interface PlayedRollback {
  /** The phases that were begun, in order; the last one stopped it unless all went through. */
  readonly phases: readonly (PlayedPhase & { readonly index: number; readonly ms: number })[];
  readonly finished: boolean;
  readonly durationMs: number;
  /** Failed requests from the first shift to the end, and had everything moved at once, or nothing at all. */
  readonly failed: { readonly phased: number; readonly atOnce: number; readonly idle: number };
}

/**
 * Plays a rollback phase by phase until the judge stops it, asks a person, or all is done. Nobody is waited for:
 * approvals cost no time here.
 */
export function playRollback(
  rehearsal: Rehearsal,
  incident: Incident,
  random: Random,
  baseline?: number,
): PlayedRollback {
  const { intervalMs } = rehearsal.timing;
  const moved = new Map<string, number>();
  const phases: PlayedRollback['phases'][number][] = [];
  let phased = 0;
  let durationMs = 0;
  let carriedTau: number | undefined;
  const longest = Math.max(0, ...Object.values(incident.trace ?? {}).map(({ length }) => length));
  const began = Math.floor(random() * longest);
  const failures = failuresOf(incident, began, intervalMs);
  for (const phase of rehearsal.phases) {
    phased += failures(moved, durationMs, durationMs + SHIFT_MS);
    for (const { target, weight } of phase.weights) moved.set(target, weight);
    const beginsAt = began + Math.ceil((durationMs + SHIFT_MS) / intervalMs);
    const known = {
      beginsAt,
      ...(baseline === undefined ? {} : { baseline }),
      ...(carriedTau === undefined ? {} : { carriedTau }),
    };
    const played = playPhase(rehearsal, phase, incident, known, random);
    carriedTau = phase.noControl ? carriedTau : played.carriedTau;
    phased += failures(moved, durationMs + SHIFT_MS, durationMs + SHIFT_MS + played.bakedMs);
    durationMs += SHIFT_MS + played.bakedMs;
    phases.push({ ...played, index: phase.index, ms: SHIFT_MS + played.bakedMs });
    if (played.decision !== 'proceed') break;
  }
  const last = phases.at(-1);
  const finished = phases.length === rehearsal.phases.length && last?.decision === 'proceed';
  return { phases, finished, durationMs, failed: { phased, ...instead(rehearsal, failures, durationMs) } };
}

/** What would have failed in the same time by one jump, or by leaving all as it is. */
function instead(
  { extent }: Rehearsal,
  failures: Failures,
  durationMs: number,
): { readonly atOnce: number; readonly idle: number } {
  const everything = new Map(extent.map((target) => [target, 100]));
  const nothing = new Map<string, number>();
  const shiftedMs = Math.min(durationMs, SHIFT_MS);
  return {
    atOnce: failures(nothing, 0, shiftedMs) + failures(everything, shiftedMs, durationMs),
    idle: failures(nothing, 0, durationMs),
  };
}
