import { Context } from '@temporalio/activity';
import type { RunContext } from '../contracts/activities';
import type { RememberedPast } from '../domain/judge';
import type { Census, KnownAs } from '../domain/plan/census';
import type { MetricPolicy } from '../domain/policy/policy';
import type { PastInterval } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';

const HISTORY_INTERVALS = 30;

/** What a source remembers, with the bad ones among the requests where it counts them. */
export type Past = Omit<RememberedPast, 'intervals'> & { readonly intervals?: readonly PastInterval[] };

/** What the past is asked for, by the names that the targets tell now. */
export interface Asked {
  readonly context: RunContext;
  /** Where requests are counted. */
  readonly targets: readonly string[];
  /** When the phase begins; epoch milliseconds. */
  readonly startedAt: number;
  readonly knownAs: KnownAs | undefined;
  /** What could be read of the targets, also of those that are counted elsewhere. */
  readonly readings: Census;
}

/** The suspect's intervals inside the incident; those before it would look like one long clump of failures. */
export function suspectsPast(deps: ActivityDependencies, asked: Asked, metric: MetricPolicy): Promise<Past> {
  const { policy, past, fromRevision } = asked.context;
  const { startedAt } = asked;
  const { intervalMs } = policy.timing;
  const from = Math.max(startedAt - HISTORY_INTERVALS * intervalMs, past?.incidentAt ?? 0);
  return historyOf(deps, metric, asked, fromRevision, { from, to: startedAt, stepMs: intervalMs });
}

/** What the old revision failed in the minutes before the suspect replaced it. */
export async function normalBefore(deps: ActivityDependencies, asked: Asked, metric: MetricPolicy): Promise<Past> {
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
