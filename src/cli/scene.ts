import type { Incident } from '../domain/simulation';

/** What a simulation plays, and how it is introduced. */
export interface Scene {
  readonly incident: Incident;
  /** Of its trace, in the place of the policy's own. */
  readonly intervalMs?: number;
  /** What failed before the suspect came, 0 to 1, where the scene shows it. */
  readonly baseline?: number;
  /** Said above the forecast. */
  readonly lines: readonly string[];
  /** Said as JSON. */
  readonly told: Readonly<Record<string, unknown>>;
}
