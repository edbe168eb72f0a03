import type { AdapterConfig } from '../policy/policy';

/** How far automation may go in an environment at once. */
export interface EnvironmentLimits {
  /** Automatic rollbacks that may be under way at the same time; 0 lets none begin. */
  readonly automaticAtOnce: number;
  /** From how many services that alert within how long on it is taken for one trouble, not for many bad releases. */
  readonly commonCause: { readonly services: number; readonly withinMs: number };
}

/** What the policy file says of an environment as a whole. */
export interface EnvironmentPolicy extends EnvironmentLimits {
  readonly environment: string;
  /** Whom to tell of what concerns the whole environment. */
  readonly notify: readonly AdapterConfig[];
}
