import type { DeploymentTarget } from './deployment-target';

/** One place of a target: a slot, or a server that is one of its own. */
export interface Place {
  readonly name: string;
  /** What it holds, or why nobody knows, with the way out. */
  readonly holds: { readonly revision: string } | { readonly unknown: string };
}

/** Which revision is where on a target. */
export interface Placing {
  /** Who tells it, in words for people. */
  readonly toldBy: string;
  readonly places: readonly Place[];
}

/** Beside `DeploymentTarget`: a target that does not know by itself which revision is in its places, and is told. */
export interface Placed {
  /** Reads the target, changes nothing; fails as `observe` does. A place that nobody knows is told as such. */
  placing(signal: AbortSignal): Promise<Placing>;
}

/** Whether this target is told which revision is where. */
export function isPlaced(target: DeploymentTarget): target is DeploymentTarget & Placed {
  return 'placing' in target;
}
