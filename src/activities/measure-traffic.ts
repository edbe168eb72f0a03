import { Context, sleep } from '@temporalio/activity';
import type { Cause } from '../domain/alert/alert';
import { cohortDelta } from '../domain/judge';
import type { Sample } from '../domain/judge/sample';
import { knownAsOf } from '../domain/plan/census';
import type { Census } from '../domain/plan/census';
import type { MeasuredTraffic } from '../domain/plan/traffic';
import { metricOf } from '../domain/policy/policy';
import type { ServicePolicy } from '../domain/policy/policy';
import type { MetricProvider, MetricQuery } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';

/** Long enough to tell ten requests a second from a hundred, short enough not to keep a rollback waiting. */
const LOOK_MS = 1_000;
const HISTORY_MS = 60_000;

/** What is to be measured. */
export interface TrafficQuestion {
  readonly policy: ServicePolicy;
  readonly cause: Cause;
  readonly targets: readonly string[];
  readonly fromRevision: string;
  readonly toRevision: string;
  /** What the targets showed just now. */
  readonly census: Census;
}

/** What the suspect serves and fails on each target, or undefined: a plan is possible without it, an invention is not. */
export async function measureTraffic(
  deps: ActivityDependencies,
  question: TrafficQuestion,
): Promise<MeasuredTraffic | undefined> {
  const metric = metricOf(question.policy, question.cause);
  if (!metric || question.targets.length === 0) return undefined;
  const provider = deps.adapters.metrics(metric);
  try {
    return (await fromHistory(deps, provider, question)) ?? (await fromTwoLooks(deps, provider, question));
  } catch (error) {
    if (Context.current().cancellationSignal.aborted) throw error;
    Context.current().log.warn('traffic could not be measured', { error: String(error) });
    return undefined;
  }
}

/** The query of a question, about some of its targets or all. */
export function queryFor(
  { targets: all, fromRevision, toRevision, census }: TrafficQuestion,
  targets: readonly string[] = all,
): MetricQuery {
  const knownAs = knownAsOf(census);
  return { targets, current: fromRevision, stable: toRevision, ...(knownAs ? { knownAs } : {}) };
}

async function fromHistory(
  deps: ActivityDependencies,
  provider: MetricProvider,
  question: TrafficQuestion,
): Promise<MeasuredTraffic | undefined> {
  const to = deps.now() - provider.delayMs();
  const { intervalMs } = question.policy.timing;
  const targets: { target: string; requests: number; bad: number }[] = [];
  for (const target of question.targets) {
    const past = await provider.history(queryFor(question, [target]), to - HISTORY_MS, to, intervalMs, readLimit());
    if (past.kind !== 'counts') return undefined;
    // Nothing was seen, which is not the same as nothing served.
    if (past.intervals.length === 0) continue;
    targets.push({
      target,
      requests: past.intervals.reduce((sum, each) => sum + each.requests, 0),
      bad: past.intervals.reduce((sum, each) => sum + each.bad, 0),
    });
  }
  return targets.length > 0 ? { windowMs: HISTORY_MS, targets } : undefined;
}

async function fromTwoLooks(
  deps: ActivityDependencies,
  provider: MetricProvider,
  question: TrafficQuestion,
): Promise<MeasuredTraffic> {
  const look = async (): Promise<Sample> =>
    provider.collect(queryFor(question), deps.now() - provider.delayMs(), readLimit());
  const first = await look();
  await sleep(LOOK_MS);
  const second = await look();
  return { windowMs: second.at - first.at, targets: countedBetween(first, second) };
}

/** Counter differences as the judge takes them, of the suspect alone; a target without a pair is left out. */
function countedBetween(first: Sample, second: Sample): MeasuredTraffic['targets'] {
  const fresh = { intervalMs: LOOK_MS, phaseStartedAt: first.at, needsCurrent: true };
  return second.strata.flatMap(({ target, current }) => {
    const before = first.strata.find((stratum) => stratum.target === target)?.current ?? [];
    const start = cohortDelta(target, 'current', before, {}, { ...fresh, at: first.at });
    const delta = start && cohortDelta(target, 'current', current, start.memory, { ...fresh, at: second.at });
    return delta ? [{ target, ...delta.counts }] : [];
  });
}
