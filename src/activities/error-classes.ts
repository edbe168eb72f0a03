import { Context } from '@temporalio/activity';
import type { RunContext } from '../contracts/activities';
import { grownClasses, withClasses } from '../domain/judge';
import type { JudgeState, Verdict } from '../domain/judge';
import type { ErrorClasses } from '../domain/judge/verdict';
import { knownAsOf } from '../domain/plan/census';
import type { Census } from '../domain/plan/census';
import type { PlannedWeight } from '../domain/plan/plan';
import { countedAt } from '../domain/policy/policy';
import type { MetricPolicy } from '../domain/policy/policy';
import { isSliced } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';

const LONGEST_REASON = 200;

/** A verdict, and what it was come to by. */
export interface Halted {
  readonly context: RunContext;
  readonly symptom: MetricPolicy | undefined;
  readonly targets: readonly PlannedWeight[];
  readonly readings: Census;
  readonly judge: JudgeState | undefined;
  readonly verdict: Verdict;
}

/**
 * A halt because stable is worse says which classes of failures are new or grew on it, by the labels that the policy names.
 * Never fails: what cannot be told says why. Any other verdict stays as it is.
 */
export async function explained(deps: ActivityDependencies, halted: Halted): Promise<Verdict> {
  const { context, symptom, judge, verdict } = halted;
  const labels = context.policy.assess?.classes ?? [];
  if (verdict.reason !== 'WORSE' || labels.length === 0 || !symptom || !judge) return verdict;
  const signal = readLimit();
  const classes = await Promise.all(labels.map((label) => classesBy(deps, halted, symptom, judge, label, signal)));
  return withClasses(verdict, classes, context.toRevision);
}

async function classesBy(
  deps: ActivityDependencies,
  { context, targets, readings }: Halted,
  symptom: MetricPolicy,
  { settings }: JudgeState,
  label: string,
  signal: AbortSignal,
): Promise<ErrorClasses> {
  const untold = (because: string): ErrorClasses => ({
    kind: 'untold',
    label,
    because: because.slice(0, LONGEST_REASON),
  });
  const { type } = symptom.provider;
  if (symptom.measures !== undefined) return untold('slow requests have no classes of failures');
  const provider = deps.adapters.metrics(symptom);
  if (!isSliced(provider)) return untold(`${type} cannot tell its counts apart by a label`);
  const knownAs = knownAsOf(readings);
  const { fromRevision: current, toRevision: stable } = context;
  const places = countedAt(
    context.policy,
    targets.map(({ target }) => target),
  );
  const query = { targets: places, current, stable, ...(knownAs ? { knownAs } : {}) };
  const { intervalMs: stepMs } = settings;
  const to = deps.now() - provider.delayMs();
  const window = { from: Math.min(settings.startedAt, to - stepMs), to, stepMs };
  try {
    const { covers, values } = await provider.slices(query, label, window, signal);
    if (covers === 'since-start') return untold(`${type} counts since its processes began, not since this phase did`);
    const { phi, minIntervals } = settings;
    const labels = context.policy.assess?.classes?.length ?? 1;
    return grownClasses({ label, classes: values, labels, phi, minIntervals });
  } catch (error) {
    if (Context.current().cancellationSignal.aborted) throw error;
    Context.current().log.warn('classes of failures could not be told', { label, error: String(error) });
    return untold(error instanceof Error ? error.message : String(error));
  }
}
