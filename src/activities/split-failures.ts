import { Context } from '@temporalio/activity';
import { countedSince } from '../domain/judge';
import { compareSlices, countedSlices, valuesOfPlaces } from '../domain/plan';
import type { CountedValue, Split } from '../domain/plan';
import { symptomOf } from '../domain/policy/policy';
import type { MetricPolicy } from '../domain/policy/policy';
import { pastOf } from '../domain/rollback/request';
import type { RollbackRequest } from '../domain/rollback/request';
import { isSliced, TerminalError } from '../ports';
import type { LabelValues, MetricProvider, Window } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';
import { queryFor } from './measure-traffic';
import type { TrafficQuestion } from './measure-traffic';

/** Failures begin before they are many enough for an alert. */
const BEFORE_ALERT_MS = 300_000;
const LONGEST_MS = 600_000;
const LONGEST_REASON = 200;

/**
 * Which slices carry the failures, by each label that the policy names. Undefined where it names none. Never fails: what
 * cannot be split says why.
 */
export async function splitFailures(
  deps: ActivityDependencies,
  question: TrafficQuestion,
  request: RollbackRequest,
): Promise<readonly Split[] | undefined> {
  const labels = question.policy.assess?.splitBy ?? [];
  if (labels.length === 0 || question.targets.length === 0) return undefined;
  const metric = symptomOf(question.policy, question.cause);
  if (!metric) {
    const because = `no metric shows trouble of the kind ${question.cause}`;
    return labels.map((label) => ({ kind: 'unsplit', label, because }));
  }
  const signal = readLimit();
  return Promise.all(labels.map((label) => splitBy(deps, { ...question, request, metric, label, signal })));
}

interface LabelQuestion extends TrafficQuestion {
  readonly request: RollbackRequest;
  readonly metric: MetricPolicy;
  readonly label: string;
  /** Ends every call of all labels. */
  readonly signal: AbortSignal;
}

async function splitBy(deps: ActivityDependencies, question: LabelQuestion): Promise<Split> {
  const { policy, metric, label } = question;
  try {
    const provider = deps.adapters.metrics(metric);
    const window = windowOf(question, deps.now() - provider.delayMs());
    const { covers, values } = await valuesOf(provider, window, question);
    const counted = countedSlices(values, metric);
    if (!counted) return { kind: 'unsplit', label, because: 'too few requests say what is slow' };
    return compareSlices({
      ...counted,
      label,
      labels: policy.assess?.splitBy?.length ?? 1,
      ...(covers === 'window' ? { windowMs: window.to - window.from } : {}),
      ...(metric.objective === undefined ? {} : { objective: metric.objective }),
      ...(policy.burst ? { burst: policy.burst } : {}),
    });
  } catch (error) {
    if (Context.current().cancellationSignal.aborted) throw error;
    Context.current().log.warn('failures could not be split', { label, error: String(error) });
    const because = error instanceof Error ? error.message : String(error);
    return { kind: 'unsplit', label, because: because.slice(0, LONGEST_REASON) };
  }
}

/** From some minutes before the alert, or from the release on where that came later, up to what can be read now. */
function windowOf({ policy, request, fromRevision }: LabelQuestion, to: number): Window {
  const { incidentAt = to, releasedAt = 0 } = pastOf(request, fromRevision);
  const stepMs = policy.timing.intervalMs;
  const from = Math.max(incidentAt - BEFORE_ALERT_MS, releasedAt, to - LONGEST_MS);
  return { from: Math.min(from, to - stepMs), to, stepMs };
}

/** As the metrics tell the label; where they do not have it or cannot tell it, and every target does, as the targets tell it. */
async function valuesOf(provider: MetricProvider, window: Window, question: LabelQuestion): Promise<LabelValues> {
  const found = await valuesByLabel(provider, window, question);
  if (!(found instanceof Error) && found.values.some(({ value }) => value !== '')) return found;
  const byTarget = await valuesByTarget(provider, window, question);
  if (byTarget) return byTarget;
  if (found instanceof Error) throw found;
  return found;
}

/** An error where asking again could not help: then nothing but the targets may know the label. */
async function valuesByLabel(
  provider: MetricProvider,
  window: Window,
  question: LabelQuestion,
): Promise<LabelValues | Error> {
  const { label, metric, signal } = question;
  if (!isSliced(provider))
    return new Error(`${metric.provider.type} cannot tell its counts apart by a label, and not every target has it`);
  try {
    return await provider.slices(queryFor(question), label, window, signal);
  } catch (error) {
    if (error instanceof TerminalError) return error;
    throw error;
  }
}

/** A source without a past tells what its processes have counted since they began. */
async function valuesByTarget(
  provider: MetricProvider,
  { from, to, stepMs }: Window,
  question: LabelQuestion,
): Promise<LabelValues | undefined> {
  const places = question.policy.targets.filter(({ name }) => question.targets.includes(name));
  if (places.some(({ labels }) => labels[question.label] === undefined)) return undefined;
  const { signal, label } = question;
  const query = queryFor(question);
  const pasts = await Promise.all(
    places.map(({ name }) => provider.history({ ...query, targets: [name] }, from, to, stepMs, signal)),
  );
  const remembered = pasts.flatMap((past) => (past.kind === 'counts' ? [past.intervals] : []));
  if (remembered.length === places.length) {
    const counted = places.map(({ labels }, index): CountedValue => ({
      value: labels[label] ?? '',
      current: remembered[index] ?? [],
      stable: [],
    }));
    return { covers: 'window', values: valuesOfPlaces(counted) };
  }
  const { strata } = await provider.collect(query, to, signal);
  const counted = strata.map(({ target, current, stable }): CountedValue => ({
    value: places.find(({ name }) => name === target)?.labels[label] ?? '',
    current: [countedSince(current)],
    stable: [countedSince(stable)],
  }));
  return { covers: 'since-start', values: valuesOfPlaces(counted) };
}
