import type { PrepareRequest, RevisionPair, ShiftRequest, TargetEffect } from '../../ports';

/** The JSON document that `http` and `exec` targets are asked with, without its deadline. */
export interface TargetRequest {
  readonly operation: 'check' | 'observe' | 'prepare' | 'shift';
  readonly target: string;
  readonly rollback?: string;
  readonly effect?: { readonly epoch: number; readonly number: number };
  readonly revision?: RevisionPair;
  readonly desired?: { readonly weight: number };
  readonly expected?: { readonly weight: number };
}

/** The request's document with the instant (epoch ms) after which nobody waits for the answer. */
export function documentOf(request: TargetRequest, deadline: number): string {
  return JSON.stringify({ ...request, deadline: new Date(deadline).toISOString() });
}

/** The identity of an effect, the same over attempts; undefined for a request that changes nothing. */
export function idempotencyKeyOf(request: TargetRequest): string | undefined {
  if (request.rollback === undefined || request.effect === undefined) return undefined;
  return `${request.rollback}/${request.target}/${request.operation}/${request.effect.number}`;
}

/** Asks for what is served and ready. */
export function observeRequest(target: string): TargetRequest {
  return { operation: 'observe', target };
}

/** Asks whether the move could be made. */
export function checkRequest(target: string, revision: RevisionPair): TargetRequest {
  return { operation: 'check', target, revision };
}

/** Asks for ready capacity. */
export function prepareRequest(request: PrepareRequest): TargetRequest {
  return { ...effectOf('prepare', request), desired: { weight: request.share } };
}

/** Asks for a share. */
export function shiftRequest(request: ShiftRequest): TargetRequest {
  const { desired, expected } = request;
  return { ...effectOf('shift', request), desired: { weight: desired }, expected: { weight: expected } };
}

function effectOf(operation: 'prepare' | 'shift', effect: TargetEffect): TargetRequest {
  const { rollback, target, revision, fence } = effect;
  return {
    operation,
    rollback,
    target,
    effect: { epoch: fence.epoch, number: fence.number },
    revision: { from: revision.from, to: revision.to },
  };
}
