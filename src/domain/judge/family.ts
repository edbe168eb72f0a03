import { logMeanExp } from './e-process';
import type { GuardrailSetting, JudgeSettings } from './settings';

/** What one test adds to the evidence that halts: ln of its e-value, and how much it counts. */
export interface Voice {
  readonly evidence: number;
  readonly weight: number;
}

/** A critical guardrail counts twice; a normal one, and each test of the symptom, once. */
const CRITICAL = 2;

/** How much a guardrail counts among all that may halt a phase. */
export function weightOf({ critical }: Pick<GuardrailSetting, 'critical'>): number {
  return critical ? CRITICAL : 1;
}

/** Whether a guardrail has a stake at all: a threshold alone stops a phase outside statistics, by whatever others say. */
export function hasStake({ measure, margin }: Pick<GuardrailSetting, 'measure' | 'margin'>): boolean {
  return measure?.kind !== 'gauge' || measure.threshold === undefined || margin !== undefined;
}

/** What all tests that may halt a phase count together: both of the symptom's, and the guardrails. */
export function weightOfAll({ guardrails = [] }: Pick<JudgeSettings, 'guardrails'>): number {
  return guardrails.filter(hasStake).reduce((sum, guardrail) => sum + weightOf(guardrail), 2);
}

/**
 * ln of the mean of e-values, each with its share of the weights: the shares sum to 1 and are fixed before the phase, so it
 * is an e-value again, however the tests depend on each other.
 */
export function logMeanOf(voices: readonly Voice[]): number {
  const values = voices.map(({ evidence }) => evidence);
  const [first] = voices;
  // Where all count the same, the plain mean gives the very number that builds without weights came to.
  if (voices.every(({ weight }) => weight === first?.weight)) return logMeanExp(values);
  const all = voices.reduce((sum, { weight }) => sum + weight, 0);
  return logMeanExp(
    values,
    voices.map(({ weight }) => Math.log(weight / all)),
  );
}
