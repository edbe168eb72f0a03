import type { Census } from '../../../../src/domain/plan';
import { planRollback } from '../../../../src/domain/plan';
import type { Planned, PlanInput, RollbackPlan } from '../../../../src/domain/plan';
import type { PhasePolicy, ServicePolicy, TargetPolicy } from '../../../../src/domain/policy/policy';
import { POLICY, START, reading, request } from '../../rollback/support/fixtures';

/** Targets by name with their region; `eu-1` is in region `eu`. */
export function targets(...names: readonly string[]): readonly TargetPolicy[] {
  return names.map((name) => ({
    name,
    labels: { region: name.split('-')[0] ?? name },
    adapter: { type: 'in-memory' },
  }));
}

/** A policy over these targets in which nothing needs merging. */
export function policyOf(list: readonly TargetPolicy[], change: Partial<ServicePolicy> = {}): ServicePolicy {
  return { ...POLICY, targets: list, timing: { ...POLICY.timing, reliefWithinMs: Number.MAX_SAFE_INTEGER }, ...change };
}

export function phasePolicy(name: string, region: string | undefined, weight: number): PhasePolicy {
  return { name, select: region === undefined ? {} : { region }, weight, approval: 'automatic' };
}

/** Everything serves v42, and the whole of it is to go back to v41. */
export function planInput(list: readonly TargetPolicy[], change: Partial<PlanInput> = {}): PlanInput {
  const names = list.map((target) => target.name);
  const census: Census = Object.fromEntries(names.map((name) => [name, reading(name, 0)]));
  return {
    policy: policyOf(list),
    request: request('auto'),
    assessment: { kind: 'blamed', fromRevision: 'v42', toRevision: 'v41', extent: names, because: 'v42 is new' },
    census,
    atOnce: false,
    now: START,
    ...change,
  };
}

/** The same, with a look at the traffic behind it: requests a second by target, and the share of them that failed. */
export function withTraffic(input: PlanInput, perSecond: Readonly<Record<string, number>>, failing = 0): PlanInput {
  const seen = Object.entries(perSecond).map(([target, requests]) => ({ target, requests, bad: requests * failing }));
  return { ...input, assessment: { ...input.assessment, traffic: { windowMs: 1_000, targets: seen } } };
}

/** The plan of an input that has one. */
export function planned(input: PlanInput): RollbackPlan {
  const result = planRollback(input);
  if (result.kind !== 'plan') throw new Error(`${result.code}: ${result.detail}`);
  return result.plan;
}

/** The phases as people read them. */
export function names(plan: RollbackPlan): readonly string[] {
  return plan.phases.map((phase) => phase.name);
}

export function refusal(result: Planned): string {
  return result.kind === 'plan' ? 'a plan' : `${result.code}: ${result.detail}`;
}
