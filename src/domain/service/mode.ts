import type { Mode } from '../policy/policy';

/** How far automation may go for a service; `off` starts nothing by an alert, people still can. */
export type ServiceMode = Mode | 'off';

/** A mode set by a person, above the policy's own. */
export interface ModeOverride {
  readonly mode: ServiceMode;
  /** Epoch milliseconds; without it the override stays until another is set. */
  readonly until?: number;
  readonly by: string;
  readonly reason?: string;
}

/** The mode in force at `now`: a person's, while it lasts, else the policy's. */
export function modeInForce(override: ModeOverride | undefined, policyMode: Mode, now: number): ServiceMode {
  return activeOverride(override, now)?.mode ?? policyMode;
}

/** The override, while it lasts. */
export function activeOverride(override: ModeOverride | undefined, now: number): ModeOverride | undefined {
  return override && (override.until === undefined || now < override.until) ? override : undefined;
}
