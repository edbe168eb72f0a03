import { areCoupled } from './coupled';
import { evidenceByBound } from './e-process';
import { evidenceIn, HALT_LINE, helpEvidence } from './evidence';
import { harmOfGuardrails } from './guardrails';
import type { JudgeState } from './state';
import { haltIntervals } from './tests';
import type { Tests } from './tests';
import { mayProveCoupled } from './waves';

/**
 * Whether latency at several bounds is halved at none but perhaps the rarest, proven as a halt has to be, while nothing
 * leans towards help there, nor towards harm anywhere. So few requests are slower than the rarest bound that a proof
 * takes longer than a bake. Without a target this is all that can be told; it is too little to stop by, for the incident
 * may be just those few.
 */
export function isSlowAlike(state: JudgeState, tests: Tests): boolean {
  const { settings, settledIntervals } = state;
  if (!settings.buckets || settings.tau !== undefined || !tests.noHelp) return false;
  if (settledIntervals < haltIntervals(settings) || mayProveCoupled(state) || areCoupled(state)) return false;
  const bounds = evidenceByBound(tests.noHelp);
  const rarest = bounds.at(-1) ?? 0;
  if (bounds.length < 2 || Math.min(...bounds.slice(0, -1)) < HALT_LINE) return false;
  const harm = Math.max(evidenceIn(tests.harm), ...harmOfGuardrails(state).map(({ evidence }) => evidence));
  return helpEvidence(tests) < 0 && rarest >= 0 && harm < 0;
}
