import type { RunContext } from '../contracts/activities';
import { capacityOf } from '../domain/plan/census';
import type { Census } from '../domain/plan/census';
import type { RollbackPlan } from '../domain/plan/plan';
import type { TargetPolicy } from '../domain/policy/policy';
import type { CheckResult } from '../domain/readiness/check-result';
import type { RevisionPair } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';

type CheckInput = RunContext & { readonly plan: RollbackPlan };

/** Every readiness question of a plan: the targets' dry runs, the capacity there is, and the checks a team added. */
export async function runChecks(
  deps: ActivityDependencies,
  input: CheckInput,
  census: Census,
): Promise<readonly CheckResult[]> {
  const revision: RevisionPair = { from: input.fromRevision, to: input.toRevision };
  const targets = input.policy.targets.filter((target) => input.plan.extent.includes(target.name));
  const dryRuns = targets.map((target) => dryRun(deps, target, revision));
  const added = input.policy.checks.map((check) =>
    deps.adapters
      .check(check)
      .run(
        { environment: input.ref.environment, service: input.ref.service, revision, targets: input.plan.extent },
        readLimit(),
      ),
  );
  const capacities = targets.map((target) => capacity(target.name, census, input.toRevision));
  return [...(await Promise.all(dryRuns)), ...capacities, ...(await Promise.all(added))];
}

async function dryRun(deps: ActivityDependencies, target: TargetPolicy, revision: RevisionPair): Promise<CheckResult> {
  const base = { check: 'dry run', target: target.name, overridable: true };
  try {
    const result = await deps.adapters.target(target).check(revision, readLimit());
    if (result.ok) return { ...base, status: 'pass', evidence: result.detail };
    return {
      ...base,
      status: 'block',
      evidence: result.detail,
      fix: `make ${target.name} able to serve ${revision.to}, then retry`,
    };
  } catch (error) {
    const evidence = error instanceof Error ? error.message : String(error);
    return { ...base, status: 'unknown', evidence, fix: `make ${target.name} reachable, then retry` };
  }
}

/** Too little capacity is no block: preparing it is the next step. It is said, because it costs time. */
function capacity(target: string, census: Census, revision: string): CheckResult {
  const ready = capacityOf(census[target], revision);
  const base = { check: 'ready capacity', target, overridable: true };
  if (ready >= 100) return { ...base, status: 'pass', evidence: `${revision} is ready for ${ready} % of the traffic` };
  const evidence = `${revision} is ready for ${ready} % of the traffic; it is started before traffic moves`;
  return { ...base, status: 'warn', evidence, fix: 'nothing to do: preparation starts it' };
}
