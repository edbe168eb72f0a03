import type { GuardrailSetting } from '../judge/settings';
import type { CohortCounts } from '../judge/verdict';
import type { TracedInterval } from './trace';
import type { World } from './worlds';

/** What goes on while a simulated rollback runs. Ratios are 0 to 1. */
export interface Incident extends Pick<World, 'waves' | 'clumps' | 'gaps' | 'guardrails'> {
  /** Requests a second of each target, both revisions together. */
  readonly traffic: Readonly<Record<string, number>>;
  /** Share of the suspect's requests that fail. */
  readonly current: number;
  /** Share of the old revision's requests that would fail. */
  readonly stable: number;
  /**
   * Intervals that the suspect really went through on each target, as long as the policy's and oldest first: played
   * instead of drawn ones.
   */
  readonly trace?: Readonly<Record<string, readonly TracedInterval[]>>;
  /** Of guardrails: intervals of the old revision from before the suspect came, oldest first, where they are known. */
  readonly guardedBefore?: Readonly<Record<string, readonly CohortCounts[]>>;
}

const USUALLY_BAD = 0.02;

/**
 * Guardrails of which nothing is known, so that nobody is to be blamed by them: 2 % bad on both revisions, or half of the
 * objective where that is less.
 */
export function usualGuardrails(
  guardrails: readonly Pick<GuardrailSetting, 'name' | 'objective'>[],
): NonNullable<World['guardrails']> {
  return Object.fromEntries(
    guardrails.map(({ name, objective = 1 }) => {
      const usual = Math.min(USUALLY_BAD, objective / 2);
      return [name, { stable: usual, current: usual }];
    }),
  );
}

/** Requests a second of all targets together. */
export function allTraffic({ traffic }: Pick<Incident, 'traffic'>): number {
  return Object.values(traffic).reduce((sum, each) => sum + each, 0);
}

/** Waves and clumps of an incident whose errors do not come one by one: bursts of half a minute, clumps of four. */
export const BURSTY: Pick<World, 'waves' | 'clumps'> = {
  waves: { enter: 1 / 9, leave: 1 / 3, calm: 0.4, burst: 2.8 },
  clumps: { kind: 'geometric', mean: 4 },
};
