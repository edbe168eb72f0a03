import { Context } from '@temporalio/activity';
import type { RunContext } from '../contracts/activities';
import { cautiousCalibration, openJudge, ratioOf, tauFor } from '../domain/judge';
import type { JudgeState } from '../domain/judge';
import type { CohortCounts } from '../domain/judge/verdict';
import { judgedMetrics } from '../domain/policy/policy';
import type { JudgedMetrics, MetricPolicy } from '../domain/policy/policy';
import type { BakeOrder } from '../domain/rollback/move';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';

const HISTORY_INTERVALS = 30;

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
export async function openCalibrated(
  deps: ActivityDependencies,
  { context, order, metrics: { symptom, guardrails }, startedAt, probesPass }: Opening,
): Promise<JudgeState | undefined> {
  if (!symptom) return undefined;
  const { timing, onThinEvidence, onCoupled, guardProof } = context.policy;
  const [history, normal] = await Promise.all([
    suspectsPast(deps, context, order, symptom, startedAt),
    normalBefore(deps, context, order, symptom),
  ]);
  const baseline = ratioOf(normal);
  const { tau, source } = tauOf(symptom, order, baseline);
  return openJudge(
    {
      ...cautiousCalibration(history, { baseline, tau }),
      intervalMs: timing.intervalMs,
      settleMs: timing.settleMs,
      longestBakeMs: timing.longestBakeMs * order.patience,
      noDataMs: timing.noDataMs,
      quietMs: timing.quietMs,
      mode: order.mode,
      ...(tau === undefined ? {} : { tau }),
      tauSource: source,
      guardrails: guardrails.map(({ name, objective }) => ({
        name,
        ...(objective === undefined ? {} : { objective }),
      })),
      guardProof,
      phaseIndex: order.phase,
      weights: Object.fromEntries(order.targets.map((entry) => [entry.target, entry.weight])),
      onThinEvidence,
      onCoupled,
      startedAt,
      names: { current: context.fromRevision, stable: context.toRevision },
      trafficSeen: order.trafficSeen,
      probesPass,
    },
    history,
  );
}

/** The metrics of a run by what they are asked. */
export function metricsOf({ policy, cause }: RunContext): JudgedMetrics {
  return judgedMetrics(policy, cause);
}

/** An objective wins, then what was normal; without either the last phase that had a control says what "restored" means. */
function tauOf(
  { objective }: MetricPolicy,
  { carriedTau }: BakeOrder,
  baseline: number | undefined,
): ReturnType<typeof tauFor> {
  const known = tauFor({ objective, baseline });
  if (known.tau !== undefined || carriedTau === undefined) return known;
  return { tau: carriedTau, source: 'last-controlled-phase' };
}

/** The suspect's intervals inside the incident; those before it would look like one long clump of failures. */
function suspectsPast(
  deps: ActivityDependencies,
  { policy, past, fromRevision }: RunContext,
  order: BakeOrder,
  metric: MetricPolicy,
  startedAt: number,
): Promise<readonly CohortCounts[]> {
  const { intervalMs } = policy.timing;
  const from = Math.max(startedAt - HISTORY_INTERVALS * intervalMs, past?.incidentAt ?? 0);
  return historyOf(deps, metric, order, fromRevision, { from, to: startedAt, stepMs: intervalMs });
}

/** What the old revision failed in the minutes before the suspect replaced it. */
async function normalBefore(
  deps: ActivityDependencies,
  { policy, past, toRevision }: RunContext,
  order: BakeOrder,
  metric: MetricPolicy,
): Promise<readonly CohortCounts[]> {
  const to = past?.releasedAt;
  if (to === undefined) return [];
  const { intervalMs } = policy.timing;
  const from = to - HISTORY_INTERVALS * intervalMs;
  return historyOf(deps, metric, order, toRevision, { from, to, stepMs: intervalMs });
}

/** A past that cannot be read is unknown, which makes the judge slower and never surer. */
async function historyOf(
  deps: ActivityDependencies,
  metric: MetricPolicy,
  { targets }: BakeOrder,
  revision: string,
  { from, to, stepMs }: { readonly from: number; readonly to: number; readonly stepMs: number },
): Promise<readonly CohortCounts[]> {
  if (to - from < stepMs) return [];
  const query = { targets: targets.map(({ target }) => target), current: revision, stable: revision };
  try {
    const past = await deps.adapters.metrics(metric).history(query, from, to, stepMs, readLimit());
    return past.kind === 'counts' ? past.intervals : [];
  } catch (error) {
    if (Context.current().cancellationSignal.aborted) throw error;
    Context.current().log.warn('the past could not be read', { metric: metric.name, error: String(error) });
    return [];
  }
}
