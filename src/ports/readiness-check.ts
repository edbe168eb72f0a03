import type { CheckResult } from '../domain/readiness/check-result';
import type { RevisionPair } from './deployment-target';

/** What a check may look at. */
export interface CheckContext {
  readonly environment: string;
  readonly service: string;
  readonly revision: RevisionPair;
  readonly targets: readonly string[];
}

/** One question about whether the old revision can take the traffic. Changes nothing; a failure to find out is `unknown`. */
export interface ReadinessCheck {
  run(context: CheckContext, signal: AbortSignal): Promise<CheckResult>;
}
