import { guardrailOf, measureOf } from '../judge/guardrail-setting';
import type { RollbackPlan } from '../plan/plan';
import { judgedMetrics } from '../policy/policy';
import type { ServicePolicy } from '../policy/policy';
import { rehearsalOf } from './rehearsal';
import type { Rehearsal } from './rehearsal';

/**
 * What the sample log of a rollback with this cause is judged again by. `logged`: guardrails of which the log has anything;
 * the others, and gauges, of which no log is kept, are named as not simulated.
 */
export function replaySettings(
  policy: ServicePolicy,
  cause: RollbackPlan['cause'],
  logged: readonly string[],
): Rehearsal {
  const { guardrails } = judgedMetrics(policy, cause);
  const known = guardrails.filter(({ name, measures }) => logged.includes(name) && measures !== 'gauge');
  return {
    ...rehearsalOf(policy, { phases: [], extent: [], cause }),
    guardrails: known.map((metric) => {
      // A log has a histogram beyond one bound, which is bad ones among requests.
      const measure = metric.measures === 'events' ? measureOf(metric, policy.timing) : undefined;
      return guardrailOf(metric, measure);
    }),
    notSimulated: guardrails.filter((metric) => !known.includes(metric)).map(({ name }) => name),
  };
}
