import { outsideText } from '../../outside-text';
import type { Deployment } from './objects';

/** The annotation in which a Deployment's controller counts roll-outs; a ReplicaSet has the number of its last one. */
export const ROLL_OUT = 'deployment.kubernetes.io/revision';

/** What a roll-out still lacks, in the order in which `kubectl rollout status` asks; undefined where it is done. */
export function rollingOut({ metadata, spec, status }: Deployment): string | undefined {
  const { replicas: wanted } = spec;
  const { observedGeneration, updatedReplicas: updated, replicas: all, availableReplicas: available } = status;
  if (observedGeneration < metadata.generation) return 'the controller has not seen its last change yet';
  if (updated < wanted) return `${updated} of ${wanted} pods are updated`;
  if (all > updated) return `${all - updated} old pods are still there`;
  if (available < updated) return `${available} of ${updated} updated pods are available`;
  return undefined;
}

/** Why a roll-out goes on no more; `since` is when an earlier one came to a standstill, which says nothing of this one. */
export function standstill(deployment: Deployment, since: string | undefined): string | undefined {
  if (deployment.status.observedGeneration < deployment.metadata.generation) return undefined;
  const found = exceeded(deployment);
  return found && found.lastUpdateTime !== since ? outsideText(found.message) : undefined;
}

/** When the roll-out that was there came to a standstill, as the cluster's clock has it. */
export function standsSince(deployment: Deployment): string | undefined {
  return exceeded(deployment)?.lastUpdateTime;
}

function exceeded({ status }: Deployment) {
  return status.conditions.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded');
}
