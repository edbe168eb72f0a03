import type { TargetReading } from '../../../domain/plan/census';
import type { DeploymentTarget, DryRun, PrepareRequest, RevisionPair, ShiftRequest } from '../../../ports';
import type { ClusterApi } from './api';
import { makeEffect } from './effect';
import type { Tried } from './effect';

/** What a kind of object does as a target; each call is bound to the target's own limit already. */
export interface ClusterTarget {
  readonly granularity: ReturnType<DeploymentTarget['capabilities']>['granularity'];
  readonly sticky: boolean;
  readonly holdsReleases?: true;
  /** Most tries at an effect, where the object's status changes so often that they meet other changes. */
  readonly tries?: number;
  check(revision: RevisionPair, signal: AbortSignal): Promise<DryRun>;
  read(signal: AbortSignal): Promise<TargetReading>;
  prepare(request: PrepareRequest, signal: AbortSignal): Promise<Tried>;
  shift(request: ShiftRequest, signal: AbortSignal): Promise<Tried>;
}

/** A target that is an object of a cluster; the API server compares before it changes anything. */
export function createClusterTarget(api: ClusterApi, target: ClusterTarget): DeploymentTarget {
  const { granularity, sticky, holdsReleases, tries } = target;
  return {
    capabilities: () => ({ granularity, sticky, fenced: true, ...(holdsReleases ? { holdsReleases } : {}) }),
    check: (revision, signal) => target.check(revision, api.bound(signal)),
    observe: (signal) => target.read(api.bound(signal)),
    prepare(request, signal) {
      const bound = api.bound(signal);
      return makeEffect(bound, () => target.prepare(request, bound), tries);
    },
    shift(request, signal) {
      const bound = api.bound(signal);
      return makeEffect(bound, () => target.shift(request, bound), tries);
    },
  };
}
