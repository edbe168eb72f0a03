import type { RunContext } from '../contracts/activities';
import {
  calibration,
  countsIn,
  guardrailOf,
  hasNoControl,
  heldAgainstPast,
  measureOf,
  needsItsPast,
  openJudge,
  targetOf,
} from '../domain/judge';
import type { JudgeState } from '../domain/judge';
import type { GuardrailSetting } from '../domain/judge/settings';
import { knownAsOf } from '../domain/plan/census';
import { movedTexts } from '../domain/plan/moved';
import { countedAt, guardrailsBeside, judgedMetrics } from '../domain/policy/policy';
import type { JudgedMetrics, MetricPolicy } from '../domain/policy/policy';
import type { BakeOrder } from '../domain/rollback/move';
import type { DeploymentTarget } from '../ports';
import type { ActivityDependencies } from './dependencies';
import { namesIn, readReachable } from './observe-loop';
import { normalBefore, suspectsPast } from './remembered-past';
import type { Asked, Past } from './remembered-past';

/** What a judge is opened for. */
export interface Opening {
  readonly context: RunContext;
  readonly order: BakeOrder;
  readonly metrics: JudgedMetrics;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly probesPass: boolean;
}

/**
 * A judge that has seen nothing of its phase, calibrated by what lay before it as far as the source remembers. Undefined
 * where no metric is configured.
 */
export async function openCalibrated(deps: ActivityDependencies, opening: Opening): Promise<JudgeState | undefined> {
  const { context, order, startedAt, probesPass } = opening;
  const { symptom } = opening.metrics;
  if (!symptom) return undefined;
  const { timing, onThinEvidence, onCoupled, guardProof, burst, margins } = context.policy;
  const split = splitOf(deps, context, order);
  const asked = await askedOf(deps, opening);
  const weights = weightsOf(context, order);
  const watched = order.mode === 'compare' ? guardrailsBeside(opening.metrics) : opening.metrics.guardrails;
  const ofSuspect = suspectsPast(deps, asked, symptom);
  const alone = hasNoControl({ mode: order.mode, weights });
  const [past, before, guardrails] = await Promise.all([
    ofSuspect,
    normalBefore(deps, asked, symptom),
    Promise.all(watched.map((metric) => guardrailSetting(deps, asked, metric, symptom, alone ? ofSuspect : undefined))),
  ]);
  const { carriedTau, carriedBounds, mode } = order;
  const known = { ...symptom, past, before, carriedTau, carriedBounds };
  const { tau, source, baseline, buckets } = targetOf(known, { mode, weights });
  const history = countsIn(past, buckets);
  const moved = movedTexts(order.targets, context.policy.targets, asked.readings);
  return openJudge(
    {
      ...calibration(history, { baseline, tau, help: margins?.help }),
      intervalMs: timing.intervalMs,
      settleMs: timing.settleMs,
      longestBakeMs: timing.longestBakeMs * order.patience,
      noDataMs: timing.noDataMs,
      quietMs: timing.quietMs,
      mode: order.mode,
      ...(order.purpose === 'renew' ? { renews: true as const } : {}),
      ...(tau === undefined ? {} : { tau }),
      tauSource: source,
      ...(buckets ? { buckets } : {}),
      ...(symptom.boundSeconds === undefined ? {} : { boundSeconds: symptom.boundSeconds }),
      ...(symptom.kind === 'errors' || buckets ? {} : { symptom: symptom.kind }),
      guardrails,
      guardProof,
      ...(burst ? { burst } : {}),
      ...(margins ? { margins } : {}),
      phaseIndex: order.phase,
      weights,
      ...(moved ? { moved } : {}),
      split,
      ...(order.carriedBets === undefined ? {} : { carried: order.carriedBets }),
      onThinEvidence,
      onCoupled: onCoupled === 'widen' ? wideningOf(order) : onCoupled,
      ...(order.widened ? { widened: true } : {}),
      startedAt,
      names: namesIn(context),
      trafficSeen: order.trafficSeen,
      probesPass,
    },
    history,
  );
}

async function askedOf(deps: ActivityDependencies, { context, order, startedAt }: Opening): Promise<Asked> {
  const targets = countedIn(context, order);
  const moved = order.targets.map(({ target }) => target);
  const readings = await readReachable(deps, context, [...new Set([...targets, ...moved])]);
  return { context, targets, startedAt, knownAs: knownAsOf(readings), readings };
}

/** Where the requests of an order's targets are counted. */
function countedIn({ policy }: RunContext, order: BakeOrder): readonly string[] {
  return countedAt(
    policy,
    order.targets.map(({ target }) => target),
  );
}

/** Of what is counted elsewhere the place where it is counted, which serves everything by then. */
function weightsOf(context: RunContext, order: BakeOrder): Record<string, number> {
  const weightAt = (name: string): number => order.targets.find(({ target }) => target === name)?.weight ?? 100;
  return Object.fromEntries(countedIn(context, order).map((name) => [name, weightAt(name)]));
}

/** It is done once, and only where there is something to widen to. */
function wideningOf({ widened, widensTo }: BakeOrder): JudgeState['settings']['onCoupled'] {
  if (widened || widensTo === 'nothing') return 'ask';
  return widensTo ?? 'widen';
}

/** A guardrail as its policy, its past and its source say. `busy`: the symptom's past, where there is no control to hold it against. */
async function guardrailSetting(
  deps: ActivityDependencies,
  asked: Asked,
  metric: MetricPolicy,
  symptom: MetricPolicy,
  busy: Promise<Past> | undefined,
): Promise<GuardrailSetting> {
  const { intervalMs } = asked.context.policy.timing;
  const delayOf = (each: MetricPolicy): number => deps.adapters.metrics(each).delayMs();
  const laterMs = delayOf(metric) - delayOf(symptom);
  const told = (past: Past): GuardrailSetting => guardrailOf(metric, measureOf(metric, past), laterMs);
  const unread = told({ intervalMs });
  const isHeldAgainstIt = busy !== undefined && needsItsPast(unread);
  const isReadByIt = metric.measures === 'buckets' || metric.measures === 'gauge';
  if (!isHeldAgainstIt && !isReadByIt) return unread;
  const [past, before] = await Promise.all([
    suspectsPast(deps, asked, metric),
    isHeldAgainstIt ? normalBefore(deps, asked, metric) : undefined,
  ]);
  const suspect = { setting: told(past), past };
  return busy && before
    ? heldAgainstPast(suspect, { setting: told(before), past: before }, await busy)
    : suspect.setting;
}

/** The metrics of a run by what they are asked. */
export function metricsOf({ policy, cause }: RunContext): JudgedMetrics {
  return judgedMetrics(policy, cause);
}

/**
 * What part of its requests stable should get. A target that keeps users where they are splits people, not requests; one
 * that is moved by the instance or the partition gives each the work that it fetches or that lies there.
 */
function splitOf(deps: ActivityDependencies, { policy }: RunContext, order: BakeOrder): Record<string, number> {
  const split = order.targets.flatMap(({ target, weight }) => {
    const found = policy.targets.find(({ name }) => name === target);
    if (!found || found.behind !== undefined || !splitsRequests(deps.adapters.target(found))) return [];
    return [[target, Math.max(weight, order.served?.[target] ?? 0)] as const];
  });
  return Object.fromEntries(split);
}

function splitsRequests(target: DeploymentTarget): boolean {
  const { granularity, sticky } = target.capabilities();
  return granularity === 'percent' && !sticky;
}
