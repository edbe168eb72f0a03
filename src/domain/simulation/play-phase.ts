import { calibration } from '../judge/calibration';
import { observe } from '../judge/observe';
import { judgeRecorded, recordedLook } from '../judge/recorded';
import { openJudge } from '../judge/state';
import type { JudgeState } from '../judge/state';
import { carriedTauOf, tauFor } from '../judge/tau';
import type { JudgeSettings } from '../judge/settings';
import { hasNoControl, judgesAlone } from '../judge/tests';
import type { CohortCounts, Decision, VerdictReason } from '../judge/verdict';
import type { Phase } from '../plan/plan';
import { drawnGuarded, heldGuardrails } from './guarded-past';
import type { GuardedPasts } from './guarded-past';
import type { Incident } from './incident';
import { openPhase } from './phase';
import type { RunningPhase, Timing } from './phase';
import type { Random } from './random';
import type { Rehearsal } from './rehearsal';
import { retellPhase } from './trace';

/** How a simulated phase ended. */
export interface PlayedPhase {
  readonly decision: Decision;
  readonly reason: VerdictReason;
  /** Milliseconds from the shift to the verdict. */
  readonly bakedMs: number;
  /** What counts as restored after it, where neither objective nor baseline says. */
  readonly carriedTau?: number;
}

/** What a phase needs of the phases before it. */
export interface Setting {
  /** What the old revision failed before the suspect came, 0 to 1. */
  readonly baseline?: number;
  readonly carriedTau?: number;
  /** Where it is widened to if both revisions fail together; once in a rollback, and `ask` where that is not to be. */
  readonly onCoupled: 'ask' | 'half';
  /** Intervals of the trace that lie before this phase. */
  readonly beginsAt: number;
}

/** Intervals before a phase that its judge is calibrated by. */
export const HISTORY = 30;
/** Gaps do not use up the bake, so it may last longer than its observed time. */
const PATIENCE = 2;
/** At this rate the judge needs no more than its fewest intervals; more would only be slow to draw. */
const TELLING_RATE = 2_000;

/** Plays one phase with the real judge until it speaks, or until it would have asked for good. */
export function playPhase(
  rehearsal: Rehearsal,
  phase: Phase,
  incident: Incident,
  setting: Setting,
  random: Random,
): PlayedPhase {
  const { intervalMs, longestBakeMs } = rehearsal.timing;
  const timing = {
    intervalSeconds: intervalMs / 1_000,
    history: HISTORY,
    intervals: Math.ceil((PATIENCE * longestBakeMs) / intervalMs),
  };
  const running = phase.weights.map(({ target, weight }) => ({
    target,
    ...openTarget(incident, { target, share: weight / 100, beginsAt: setting.beginsAt }, random, timing),
  }));
  const guarded = hasNoControl(modeOf(rehearsal, phase)) ? guardedOf(incident, running, random) : {};
  let state = openPhaseJudge(
    rehearsal,
    phase,
    { ...setting, guarded },
    together(running.map(({ history }) => history)),
  );
  for (let at = intervalMs; ; at += intervalMs) {
    const seen = running.flatMap(({ target, samples: each }) => {
      const sample = each.next().value;
      return sample ? [{ target, stable: sample.stable, current: sample.current }] : [];
    });
    if (seen.length > 0) state = observe(state, recordedLook(Object.keys(state.guardrails), seen, at));
    const judged = judgeRecorded(state);
    if (!judged.final && seen.length > 0) continue;
    const { decision, reason, current } = judged.verdict();
    const carriedTau = carriedTauOf(current);
    return { decision, reason, bakedMs: at, ...(carriedTau === undefined ? {} : { carriedTau }) };
  }
}

/** Drawn where no real past shows it, and only for a phase that needs it. */
function guardedOf(
  { guardrails = {}, guardedBefore = {} }: Incident,
  running: readonly RunningPhase[],
  random: Random,
): GuardedPasts {
  const each = running.map(({ history, guarded }) => guarded ?? drawnGuarded(history, guardrails, random));
  return Object.fromEntries(
    Object.keys(guardrails).map((name) => [
      name,
      { current: together(each.map((own) => own[name] ?? [])), stable: guardedBefore[name] ?? [] },
    ]),
  );
}

interface OpenedTarget {
  readonly target: string;
  readonly share: number;
  readonly beginsAt: number;
}

function openTarget(
  incident: Incident,
  { target, share, beginsAt }: OpenedTarget,
  random: Random,
  timing: Timing,
): RunningPhase {
  const { waves, clumps, gaps, guardrails, current, stable, traffic, trace } = incident;
  const intervals = trace?.[target];
  if (intervals && intervals.length > 0)
    return retellPhase({ intervals, beginsAt, share, usual: { stable, current, guardrails } }, random, timing);
  const world = {
    requestsPerSecond: Math.min(TELLING_RATE, traffic[target] ?? 0),
    share,
    stable,
    current,
    ...(waves ? { waves } : {}),
    ...(clumps ? { clumps } : {}),
    ...(gaps ? { gaps } : {}),
    ...(guardrails ? { guardrails } : {}),
  };
  return openPhase(world, random, timing);
}

/** How a phase is judged, and by what shares. */
function modeOf(
  { asksForHelp }: Rehearsal,
  { noControl, weights }: Pick<Phase, 'weights' | 'noControl'>,
): Pick<JudgeSettings, 'mode' | 'weights'> {
  return {
    mode: !asksForHelp ? 'no-harm' : noControl ? 'absolute' : 'compare',
    weights: Object.fromEntries(weights.map(({ target, weight }) => [target, weight])),
  };
}

/** What is known when a phase begins; `guarded`: the past of guardrails, read where there is no control. */
export interface KnownBefore extends Omit<Setting, 'beginsAt'> {
  readonly guarded?: GuardedPasts;
}

/** The same judge as a live phase has; its start is the phase's own second 0. */
export function openPhaseJudge(
  rehearsal: Rehearsal,
  phase: Pick<Phase, 'index' | 'weights' | 'noControl'>,
  { baseline, carriedTau, onCoupled, guarded = {} }: KnownBefore,
  history: readonly CohortCounts[],
): JudgeState {
  const { symptom, objective, timing, guardrails, guardProof, burst, margins, onThinEvidence, asksForHelp } = rehearsal;
  const { mode, weights } = modeOf(rehearsal, phase);
  const carried = asksForHelp ? carriedTau : undefined;
  const { tau, source } = tauFor({ objective, baseline, carried, alone: judgesAlone({ mode, weights }) });
  return openJudge(
    {
      ...calibration(history, { baseline, tau, help: margins?.help }),
      ...timing,
      mode,
      ...(symptom ? { symptom } : {}),
      ...(tau === undefined ? {} : { tau }),
      tauSource: source,
      guardrails: heldGuardrails(guardrails, guarded, { mode, weights, intervalMs: timing.intervalMs }),
      guardProof,
      ...(burst ? { burst } : {}),
      ...(margins ? { margins } : {}),
      phaseIndex: phase.index,
      weights,
      onThinEvidence,
      onCoupled,
      startedAt: 0,
      names: { current: 'the suspect', stable: 'the old revision' },
      trafficSeen: true,
      probesPass: true,
    },
    history,
  );
}

/** The intervals of several targets as one. */
function together(histories: readonly (readonly CohortCounts[])[]): readonly CohortCounts[] {
  const length = Math.max(0, ...histories.map((history) => history.length));
  return Array.from({ length }, (_, index) => {
    const each = histories.map((history) => history[index] ?? { requests: 0, bad: 0 });
    return {
      requests: each.reduce((sum, { requests }) => sum + requests, 0),
      bad: each.reduce((sum, { bad }) => sum + bad, 0),
    };
  });
}
