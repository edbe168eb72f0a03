import type { CheckInput } from '../contracts/activities';
import { weightOf } from '../domain/plan/census';
import type { Census } from '../domain/plan/census';
import { lastWeights } from '../domain/plan/plan';
import type { Scripts } from '../domain/plan/script';
import type { TargetPolicy } from '../domain/policy/policy';
import { isScripted } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';
import { knownTarget } from './known-target';

/** A script travels in the run's state, which has to stay small. */
const MOST_CHARACTERS = 12_000;

/** How each target of the plan is done by hand, forward and back to what it serves now. */
export async function scriptsOf(deps: ActivityDependencies, input: CheckInput, census: Census): Promise<Scripts> {
  const targets = input.policy.targets.filter(({ name }) => input.plan.extent.includes(name));
  const entries = targets.map(async (target) => [target.name, await scriptOf(deps, input, target, census)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** That a script is missing stops nothing: it is for the day when everything else is, and says why it is not there. */
async function scriptOf(
  deps: ActivityDependencies,
  input: CheckInput,
  policy: TargetPolicy,
  census: Census,
): Promise<Scripts[string]> {
  const { plan, fromRevision, toRevision } = input;
  const planned = plan.phases.flatMap(({ weights }) => weights.filter(({ target }) => target === policy.name));
  const weights = [...planned, ...lastWeights(plan).filter(({ target }) => target === policy.name)];
  const asked = new Set([weightOf(census[policy.name], toRevision), ...weights.map(({ weight }) => weight), 100]);
  try {
    const target = knownTarget(deps, input, policy);
    if (!isScripted(target))
      return { none: `a target of type ${policy.adapter.type} does not tell its steps as commands` };
    const question = {
      revision: { from: fromRevision, to: toRevision },
      weights: [...asked].toSorted((a, b) => a - b),
    };
    const script = await target.script(question, readLimit());
    const { length } = JSON.stringify(script);
    return length <= MOST_CHARACTERS ? script : { none: `its commands would be ${length} characters long` };
  } catch (error) {
    return { none: error instanceof Error ? error.message : String(error) };
  }
}
