import type { Phase, RollbackPlan } from '../plan/plan';
import { judgedMetrics, symptomOf } from '../policy/policy';
import type { ServicePolicy, TimingPolicy } from '../policy/policy';
import { guardrailOf } from '../judge/guardrail-setting';
import type { GuardrailSetting, JudgeSettings } from '../judge/settings';

/** What of a plan and its policy decides how a simulated rollback goes; a plain value. Ratios are 0 to 1. */
export interface Rehearsal {
  readonly phases: readonly Phase[];
  /** Names of the targets that go back. */
  readonly extent: readonly string[];
  /** What targets are moved by that are moved in whole pieces. */
  readonly units?: RollbackPlan['units'];
  readonly timing: Pick<TimingPolicy, 'intervalMs' | 'settleMs' | 'longestBakeMs' | 'noDataMs' | 'quietMs'>;
  /** Whether the cause has a metric that can show help. */
  readonly asksForHelp: boolean;
  /** What the symptom shows; failed requests where nothing is said. */
  readonly symptom?: JudgeSettings['symptom'];
  /** Highest acceptable share of the symptom, where the policy says one. */
  readonly objective?: number;
  /** Those that count bad events among requests. */
  readonly guardrails: readonly GuardrailSetting[];
  /** Metrics that the simulation cannot stand in for: gauges and events. */
  readonly notSimulated: readonly string[];
  readonly guardProof: ServicePolicy['guardProof'];
  /** What the policy says of clumped errors; wins over what the simulated past shows. */
  readonly burst?: ServicePolicy['burst'];
  /** What the policy calls help and harm. */
  readonly margins?: ServicePolicy['margins'];
  readonly onThinEvidence: ServicePolicy['onThinEvidence'];
  readonly onCoupled: ServicePolicy['onCoupled'];
}

/** What a policy and the plan made by it are played by. */
export function rehearsalOf(
  policy: ServicePolicy,
  { phases, extent, cause, units }: Pick<RollbackPlan, 'phases' | 'extent' | 'cause' | 'units'>,
): Rehearsal {
  const { symptom, guardrails } = judgedMetrics(policy, cause);
  const { intervalMs, settleMs, longestBakeMs, noDataMs, quietMs } = policy.timing;
  const isCounted = ({ measures }: (typeof guardrails)[number]): boolean =>
    measures === undefined || measures === 'buckets';
  return {
    phases,
    extent,
    ...(units ? { units } : {}),
    timing: { intervalMs, settleMs, longestBakeMs, noDataMs, quietMs },
    asksForHelp: symptomOf(policy, cause) !== undefined,
    ...(symptom === undefined || symptom.kind === 'errors' ? {} : { symptom: symptom.kind }),
    ...(symptom?.objective === undefined ? {} : { objective: symptom.objective }),
    guardrails: guardrails.filter(isCounted).map((metric) => guardrailOf(metric)),
    notSimulated: guardrails.filter((metric) => !isCounted(metric)).map(({ name }) => name),
    guardProof: policy.guardProof,
    ...(policy.burst ? { burst: policy.burst } : {}),
    ...(policy.margins ? { margins: policy.margins } : {}),
    onThinEvidence: policy.onThinEvidence,
    onCoupled: policy.onCoupled,
  };
}
