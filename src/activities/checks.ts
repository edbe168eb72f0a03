import type { CheckInput, TargetsContext } from '../contracts/activities';
import type { Census } from '../domain/plan/census';
import { lastWeights } from '../domain/plan/plan';
import type { CheckPolicy, TargetPolicy } from '../domain/policy/policy';
import {
  capacityChecks,
  quarantineCheck,
  reversibilityCheck,
  revisionPresentChecks,
  schemaCheck,
} from '../domain/readiness';
import type { CheckResult } from '../domain/readiness';
import type { Release } from '../domain/service/release';
import { TerminalError } from '../ports';
import type { ReadinessCheck, RevisionPair } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';
import { knownTarget } from './known-target';

/** Every readiness question of a plan: what we remember and have read, the targets' dry runs, the checks a team added. */
export async function runChecks(
  deps: ActivityDependencies,
  input: CheckInput,
  census: Census,
): Promise<readonly CheckResult[]> {
  const { plan, toRevision } = input;
  const revision: RevisionPair = { from: input.fromRevision, to: toRevision };
  const targets = input.policy.targets.filter((target) => plan.extent.includes(target.name));
  const { environment, service } = input.ref;
  const context = { environment, service, revision, targets: plan.extent };
  const [dryRuns, added] = await Promise.all([
    Promise.all(targets.map((target) => dryRun(deps, input, target, revision))),
    Promise.all(input.policy.checks.map((check) => addedCheck(deps, check, context))),
  ]);
  return [
    quarantineCheck(input.quarantined, toRevision),
    schemaCheck(newest(input.releases, input.fromRevision), newest(input.releases, toRevision)),
    reversibilityCheck(input.releases, revision, input.now),
    ...dryRuns,
    ...revisionPresentChecks(census, plan.extent, toRevision),
    ...capacityChecks(census, lastWeights(plan), toRevision),
    ...added,
  ];
}

/** A check that cannot be run has found nothing out, which never counts as pass. */
async function addedCheck(
  deps: ActivityDependencies,
  policy: CheckPolicy,
  context: Parameters<ReadinessCheck['run']>[0],
): Promise<CheckResult> {
  try {
    return await deps.adapters.check(policy).run(context, readLimit());
  } catch (error) {
    const evidence = error instanceof Error ? error.message : String(error);
    return { check: policy.type, status: 'unknown', overridable: true, evidence, fix: 'mend the check, then retry' };
  }
}

function newest(releases: readonly Release[], revision: string): Pick<Release, 'revision' | 'schema'> {
  // A revision named by hand need not have a release; it then declares nothing, and the check says so by its name.
  return releases.findLast((release) => release.revision === revision) ?? { revision };
}

async function dryRun(
  deps: ActivityDependencies,
  context: TargetsContext,
  target: TargetPolicy,
  revision: RevisionPair,
): Promise<CheckResult> {
  const base = { check: 'dry run', target: target.name, overridable: true };
  try {
    const result = await knownTarget(deps, context, target).check(revision, readLimit());
    if (result.ok) return { ...base, status: 'pass', evidence: result.detail };
    return {
      ...base,
      status: 'block',
      code: result.code,
      evidence: result.detail,
      fix: result.wayOut ?? `make ${target.name} able to serve ${revision.to}, then retry`,
    };
  } catch (error) {
    const evidence = error instanceof Error ? error.message : String(error);
    const isReached = error instanceof TerminalError;
    const fix = isReached ? `see to what ${target.name} says, then retry` : `make ${target.name} reachable, then retry`;
    return { ...base, status: 'unknown', evidence, fix };
  }
}
