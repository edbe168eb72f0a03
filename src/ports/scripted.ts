import type { TargetScript } from '../domain/plan/script';
import type { DeploymentTarget, RevisionPair } from './deployment-target';

/** The shares that a script is wanted for. */
export interface ScriptQuestion {
  readonly revision: RevisionPair;
  /** Percent of traffic on `revision.to`, each once. */
  readonly weights: readonly number[];
}

/**
 * Beside `DeploymentTarget`: a target that tells its shifts as commands, for people at a time when neither we nor
 * Temporal answer. What the lines do is what `prepare` and `shift` do; nothing in them is a secret, only where it is kept.
 */
export interface Scripted {
  /**
   * A step for every weight that was asked for and that the target can have. May read the target, changes nothing; fails
   * as `observe` does.
   */
  script(question: ScriptQuestion, signal: AbortSignal): Promise<TargetScript>;
}

/** Whether this target tells its shifts as commands. */
export function isScripted(target: DeploymentTarget): target is DeploymentTarget & Scripted {
  return 'script' in target;
}
