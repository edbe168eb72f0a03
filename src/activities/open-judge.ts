import { Context } from '@temporalio/activity';
import type { RunContext } from '../contracts/activities';
import {
  boundsOfPast,
  cautiousCalibration,
  guardrailOf,
  measureOf,
  openJudge,
  pastAtBounds,
  ratioOf,
  tauFor,
} from '../domain/judge';
import type { JudgeState, RememberedPast } from '../domain/judge';
import type { BucketSetting, GuardrailSetting } from '../domain/judge/settings';
import type { CohortCounts } from '../domain/judge/verdict';
import { knownAsOf } from '../domain/plan/census';
import type { KnownAs } from '../domain/plan/census';
import { countedAt, guardrailsBeside, judgedMetrics } from '../domain/policy/policy';
import type { JudgedMetrics, MetricPolicy } from '../domain/policy/policy';
import type { BakeOrder } from '../domain/rollback/move';
import type { DeploymentTarget, PastInterval } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';
import { namesIn, readReachable } from './observe-loop';

const HISTORY_INTERVALS = 30;

/** What a source remembers, with the bad ones among the requests where it counts them. */
type Past = Omit<RememberedPast, 'intervals'> & { readonly intervals?: readonly PastInterval[] };

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
  const watched = order.mode === 'compare' ? guardrailsBeside(opening.metrics) : opening.metrics.guardrails;
  const [past, before, settings] = await Promise.all([
    suspectsPast(deps, asked, symptom),
    normalBefore(deps, asked, symptom),
    Promise.all(watched.map((metric) => guardrailSetting(deps, asked, metric))),
  ]);
  const buckets = symptom.measures === 'buckets' ? boundsOfPast(past) : undefined;
  const history = countsOf(past, buckets);
  const normal = countsOf(before, buckets);
  const baseline = ratioOf(normal);
  const { objective } = symptom;
  const { tau, source } = tauFor({ objective, baseline, carried: order.carriedTau, mode: order.mode });
  return openJudge(
    {
      ...cautiousCalibration(history, { baseline, tau }),
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
      guardrails: settings,
      guardProof,
      ...(burst ? { burst } : {}),
      ...(margins ? { margins } : {}),
      phaseIndex: order.phase,
      weights: weightsOf(context, order),
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

/** What the past is asked for, by the names that the targets tell now. */
interface Asked {
  readonly context: RunContext;
  readonly targets: readonly string[];
  readonly startedAt: number;
  readonly knownAs: KnownAs | undefined;
}

async function askedOf(deps: ActivityDependencies, { context, order, startedAt }: Opening): Promise<Asked> {
  const targets = countedIn(context, order);
  return { context, targets, startedAt, knownAs: knownAsOf(await readReachable(deps, context, targets)) };
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

/** A guardrail as its policy and current's own past say. */
async function guardrailSetting(
  deps: ActivityDependencies,
  asked: Asked,
  metric: MetricPolicy,
): Promise<GuardrailSetting> {
  const { measures } = metric;
  const needsPast = measures === 'buckets' || measures === 'gauge';
  const { intervalMs } = asked.context.policy.timing;
  const past = needsPast ? await suspectsPast(deps, asked, metric) : { intervalMs };
  return guardrailOf(metric, measureOf(metric, past));
}

/** Counts of the past; of a histogram without a bound those beyond the bounds that it has shown, or none. */
function countsOf({ intervals = [] }: Past, buckets: BucketSetting | undefined): readonly CohortCounts[] {
  if (!buckets) return intervals;
  const { bounds } = buckets;
  return bounds ? intervals.map((interval) => pastAtBounds(interval, bounds)) : [];
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

/** The suspect's intervals inside the incident; those before it would look like one long clump of failures. */
function suspectsPast(deps: ActivityDependencies, asked: Asked, metric: MetricPolicy): Promise<Past> {
  const { policy, past, fromRevision } = asked.context;
  const { startedAt } = asked;
  const { intervalMs } = policy.timing;
  const from = Math.max(startedAt - HISTORY_INTERVALS * intervalMs, past?.incidentAt ?? 0);
  return historyOf(deps, metric, asked, fromRevision, { from, to: startedAt, stepMs: intervalMs });
}

/** What the old revision failed in the minutes before the suspect replaced it. */
async function normalBefore(deps: ActivityDependencies, asked: Asked, metric: MetricPolicy): Promise<Past> {
  const { policy, past, toRevision } = asked.context;
  const to = past?.releasedAt;
  const { intervalMs } = policy.timing;
  if (to === undefined) return { intervalMs };
  const from = to - HISTORY_INTERVALS * intervalMs;
  return historyOf(deps, metric, asked, toRevision, { from, to, stepMs: intervalMs });
}

/** A past that cannot be read is unknown, which makes the judge slower and never surer. */
async function historyOf(
  deps: ActivityDependencies,
  metric: MetricPolicy,
  { targets, knownAs }: Asked,
  revision: string,
  { from, to, stepMs }: { readonly from: number; readonly to: number; readonly stepMs: number },
): Promise<Past> {
  const unknown = { intervalMs: stepMs };
  if (to - from < stepMs) return unknown;
  const query = {
    targets,
    current: revision,
    stable: revision,
    ...(knownAs ? { knownAs } : {}),
  };
  try {
    const past = await deps.adapters.metrics(metric).history(query, from, to, stepMs, readLimit());
    switch (past.kind) {
      case 'counts':
        return { intervalMs: stepMs, intervals: past.intervals };
      case 'values':
        return { intervalMs: stepMs, values: past.values };
      case 'unavailable':
        return unknown;
    }
  } catch (error) {
    if (Context.current().cancellationSignal.aborted) throw error;
    Context.current().log.warn('the past could not be read', { metric: metric.name, error: String(error) });
    return unknown;
  }
}
