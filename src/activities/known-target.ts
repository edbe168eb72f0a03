import type { TargetsContext } from '../contracts/activities';
import type { TargetPolicy } from '../domain/policy/policy';
import { nothingTold } from '../domain/service/slots';
import type { SlotRecord } from '../domain/service/slots';
import type { DeploymentTarget } from '../ports';

/** How a target comes by its adapter. */
export interface KnownTargets {
  readonly adapters: { target(policy: TargetPolicy, slots?: SlotRecord): DeploymentTarget };
}

/** A target, with what the release record says of its slots. */
export function knownTarget(deps: KnownTargets, context: TargetsContext, target: TargetPolicy): DeploymentTarget {
  return deps.adapters.target(target, context.slots ?? nothingTold(context.policy));
}
