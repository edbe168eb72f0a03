import { belowHalf, halfThen } from '../plan/half';
import type { Ahead } from '../plan/half';
import type { Phase } from '../plan/plan';
import { SHIFT_MS } from '../plan/relief';
import type { Incident } from './incident';
import { playPhase } from './play-phase';
import type { PlayedPhase } from './play-phase';
import type { Random } from './random';
import type { Rehearsal } from './rehearsal';
import { sumOfTolls, tollOf } from './toll';
import type { Toll, TollOver } from './toll';

/** A phase as it was played, by its number in the plan; one of exactly half has that of the phase it was widened from. */
export interface PhaseOfRollback extends PlayedPhase {
  readonly index: number;
  readonly name: string;
  readonly widened?: true;
  readonly ms: number;
}

/** What a run costs users, what one jump would have in the same time, and what leaving all as it is. */
export interface Tolls {
  readonly phased: Toll;
  readonly atOnce: Toll;
  readonly idle: Toll;
}

/** One simulated rollback. Times in milliseconds. */
export interface PlayedRollback {
  /** The phases that were begun, in order; the last one stopped it unless all went through. */
  readonly phases: readonly PhaseOfRollback[];
  readonly finished: boolean;
  readonly durationMs: number;
  /** From the first shift to the end. */
  readonly tolls: Tolls;
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
  const phases: PhaseOfRollback[] = [];
  let durationMs = 0;
  let carriedTau: number | undefined;
  const longest = Math.max(0, ...Object.values(incident.trace ?? {}).map(({ length }) => length));
  const began = Math.floor(random() * longest);
  const tollOver = tollOf(incident, began, intervalMs);
  const phased: Toll[] = [];
  let ahead = rehearsal.phases;
  for (let phase = ahead[0]; phase; phase = ahead[0]) {
    ahead = ahead.slice(1);
    phased.push(tollOver(moved, durationMs, durationMs + SHIFT_MS));
    for (const { target, weight } of phase.weights) moved.set(target, weight);
    const beginsAt = began + Math.ceil((durationMs + SHIFT_MS) / intervalMs);
    const targets = wideningOf(rehearsal, phases, phase, ahead, moved);
    const known = {
      beginsAt,
      onCoupled: targets.length > 0 ? ('half' as const) : ('ask' as const),
      ...(baseline === undefined ? {} : { baseline }),
      ...(carriedTau === undefined ? {} : { carriedTau }),
    };
    const played = playPhase(rehearsal, phase, incident, known, random);
    if (!phase.noControl) carriedTau = played.carriedTau ?? carriedTau;
    phased.push(tollOver(moved, durationMs + SHIFT_MS, durationMs + SHIFT_MS + played.bakedMs));
    durationMs += SHIFT_MS + played.bakedMs;
    const { index, name, widened } = phase;
    phases.push({ ...played, index, name, ...(widened ? { widened } : {}), ms: SHIFT_MS + played.bakedMs });
    if (played.decision !== 'proceed') break;
    if (played.reason === 'COUPLED') ahead = widenedFrom(index, targets, { after: ahead, units: rehearsal.units });
  }
  const last = phases.at(-1);
  const finished = ahead.length === 0 && last?.decision === 'proceed';
  const tolls = { phased: sumOfTolls(phased), ...instead(rehearsal, tollOver, durationMs) };
  return { phases, finished, durationMs, tolls };
}

/** Targets that go to half if both fail together in this phase; none where that was done, or the policy asks a person. */
function wideningOf(
  { onCoupled, units }: Rehearsal,
  before: readonly PhaseOfRollback[],
  phase: Phase,
  ahead: readonly Phase[],
  moved: ReadonlyMap<string, number>,
): readonly string[] {
  if (onCoupled === 'ask' || before.some(({ reason }) => reason === 'COUPLED')) return [];
  return belowHalf(phase, { after: ahead, units }, (target) => moved.get(target) ?? 0);
}

function widenedFrom(index: number, targets: readonly string[], ahead: Ahead): readonly Phase[] {
  const [half, ...rest] = halfThen(targets, ahead);
  return [{ ...half, index }, ...rest];
}

function instead({ extent }: Rehearsal, tollOver: TollOver, durationMs: number): Omit<Tolls, 'phased'> {
  const everything = new Map(extent.map((target) => [target, 100]));
  const nothing = new Map<string, number>();
  const shiftedMs = Math.min(durationMs, SHIFT_MS);
  return {
    atOnce: sumOfTolls([tollOver(nothing, 0, shiftedMs), tollOver(everything, shiftedMs, durationMs)]),
    idle: tollOver(nothing, 0, durationMs),
  };
}
