import type { Decision, VerdictReason } from '../judge/verdict';
import { harmMargin, helpMargin, RHO_NO_HELP } from '../judge/settings';
import { tauFor } from '../judge/tau';
import type { Incident } from './incident';
import { playRollback } from './play-rollback';
import type { PhaseOfRollback, PlayedRollback, Tolls } from './play-rollback';
import { generator } from './random';
import type { Rehearsal } from './rehearsal';
import type { Toll } from './toll';

/** The middle of many runs, and what one in twenty exceeds. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

/** Where some of the runs ended before everything was back. */
export interface Stop {
  /** Number of the phase, from 1. */
  readonly phase: number;
  /** In the phase of exactly half that came after it, because both revisions failed together. */
  readonly widened?: true;
  readonly decision: Decision;
  readonly reason: VerdictReason;
  /** Of all runs, 0 to 1. */
  readonly share: number;
}

/** How one phase went in those runs that came to it. Shares are of all runs, 0 to 1; `ms`: from its shift to its verdict. */
export interface PhaseForecast {
  readonly phase: number;
  readonly name: string;
  /** Of exactly half, put in after the phase of that number because both revisions failed together in it. */
  readonly widened?: true;
  readonly begun: number;
  readonly proceeded: number;
  readonly ms?: Spread;
}

/** A number of the runs of a plan, beside what it would have been in the same time by one jump, or by doing nothing. */
export interface Compared {
  readonly phased: Spread;
  readonly atOnce: Spread;
  readonly idle: Spread;
}

/** What a plan is expected to do in an incident. Shares are 0 to 1, times in milliseconds. */
export interface Forecast {
  readonly runs: number;
  /** What would be right, by what is true of the incident: neither where help lies between the two margins. */
  readonly right: 'goOn' | 'stop' | 'either';
  readonly finished: number;
  /** From the first shift to the end or the stop, of all runs. */
  readonly durationMs: Spread;
  /** From the first shift to full relief, of the runs that came to it. */
  readonly reliefMs?: Spread;
  readonly phases: readonly PhaseForecast[];
  /** The most frequent first. */
  readonly stops: readonly Stop[];
  /** Halted though going back helps; absent where that cannot be. */
  readonly wrongHalt?: number;
  /** Went on at least once though it should have stopped; absent where that cannot be. */
  readonly wrongProceed?: number;
  /** Requests that the suspect served in the time that the run took, and had everything moved at once, or nothing. */
  readonly exposed: Compared;
  /** The same of requests that failed, on either revision. */
  readonly failed: Compared;
  /** Length of each run, shortest first. */
  readonly durations: readonly number[];
}

/** How often and from which seed. */
export interface ForecastOrder {
  readonly runs: number;
  readonly seed: number;
  /** What the old revision failed before the suspect came, 0 to 1. */
  readonly baseline?: number;
}

/** Plays this many runs; yields after each, so that a caller can show how far it is. The same seed makes the same runs. */
export function* playRuns(
  rehearsal: Rehearsal,
  incident: Incident,
  { runs, seed, baseline }: ForecastOrder,
): Generator<PlayedRollback> {
  for (let run = 0; run < runs; run += 1) yield playRollback(rehearsal, incident, generator(seed, run), baseline);
}

/** What these runs of a plan come to. */
export function forecastOf(
  played: readonly PlayedRollback[],
  rehearsal: Rehearsal,
  incident: Incident,
  baseline?: number,
): Forecast {
  const runs = played.length;
  const right = rightAnswer(rehearsal, incident, baseline);
  const durations = played.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const relieved = played.filter(({ finished }) => finished).map(({ durationMs }) => durationMs);
  const shareOf = (wanted: (run: PlayedRollback) => boolean): number =>
    played.filter(wanted).length / Math.max(1, runs);
  return {
    runs,
    right,
    finished: shareOf(({ finished }) => finished),
    durationMs: spread(durations),
    ...(relieved.length > 0 ? { reliefMs: spread(relieved) } : {}),
    phases: rehearsal.phases.flatMap(({ index, name }) => [
      phaseForecast(played, { index, name }),
      ...widenedForecasts(played, index),
    ]),
    stops: stopsOf(played),
    ...(right === 'goOn' ? { wrongHalt: shareOf(({ phases }) => phases.at(-1)?.decision === 'halt') } : {}),
    ...(right === 'stop' ? { wrongProceed: shareOf(({ phases }) => phases[0]?.decision === 'proceed') } : {}),
    exposed: compared(played, 'exposed'),
    failed: compared(played, 'failed'),
    durations,
  };
}

function compared(played: readonly PlayedRollback[], part: keyof Toll): Compared {
  const of = (kind: keyof Tolls): Spread => spread(played.map(({ tolls }) => tolls[kind][part]));
  return { phased: of('phased'), atOnce: of('atOnce'), idle: of('idle') };
}

/** Middle and 95th percentile by nearest rank; 0 of nothing. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

/** Going back is right where it halves the failures, meets the target and harms nothing; between the margins nothing is. */
function rightAnswer(rehearsal: Rehearsal, incident: Incident, baseline: number | undefined): Forecast['right'] {
  const { stable, current, guardrails = {} } = incident;
  const { tau } = tauFor({ objective: rehearsal.objective, baseline });
  const { rho, delta } = harmMargin();
  const watched = rehearsal.guardrails.flatMap(({ name }) => guardrails[name] ?? []);
  if (watched.some((ratio) => ratio.stable > rho * ratio.current + delta)) return 'stop';
  if (!rehearsal.asksForHelp) return stable > rho * current + delta ? 'stop' : 'goOn';
  if ((tau !== undefined && stable > tau) || stable > helpMargin() * current) return 'stop';
  return stable <= RHO_NO_HELP * current ? 'goOn' : 'either';
}

/** The phase of exactly half that some runs had after this one, because both revisions failed together in it. */
function widenedForecasts(played: readonly PlayedRollback[], index: number): readonly PhaseForecast[] {
  const widened = played.flatMap(({ phases }) => phases).find((phase) => phase.index === index && phase.widened);
  return widened ? [phaseForecast(played, widened)] : [];
}

function phaseForecast(
  played: readonly PlayedRollback[],
  { index, name, widened }: Pick<PhaseOfRollback, 'index' | 'name' | 'widened'>,
): PhaseForecast {
  const begun = played.flatMap(({ phases }) =>
    phases.filter((phase) => phase.index === index && phase.widened === widened),
  );
  const all = Math.max(1, played.length);
  return {
    phase: index + 1,
    name,
    ...(widened ? { widened } : {}),
    begun: begun.length / all,
    proceeded: begun.filter(({ decision }) => decision === 'proceed').length / all,
    ...(begun.length > 0 ? { ms: spread(begun.map(({ ms }) => ms)) } : {}),
  };
}

function stopsOf(played: readonly PlayedRollback[]): readonly Stop[] {
  const counted = new Map<string, Stop>();
  for (const { finished, phases } of played) {
    const last = phases.at(-1);
    if (finished || !last) continue;
    const { index, widened, decision, reason } = last;
    const key = `${index} ${widened} ${decision} ${reason}`;
    const share = (counted.get(key)?.share ?? 0) + 1 / played.length;
    counted.set(key, { phase: index + 1, ...(widened ? { widened } : {}), decision, reason, share });
  }
  return [...counted.values()].sort((a, b) => b.share - a.share);
}
