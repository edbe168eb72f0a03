import { unjudgedText } from './held-against';
import { targetText } from './phrasing';
import type { JudgeState } from './state';

/**
 * What people have to know of a soak beside that nothing was found: that the suspect itself says what is good, for want of
 * anything better, and what could not be judged at all; undefined where there is nothing to say. `symptom`: the name of
 * the metric that the rollback is about, where there is any.
 */
export function soakText(state: JudgeState | undefined, symptom: string | undefined): string | undefined {
  if (symptom === undefined) return 'nothing could be judged, for no metric is configured';
  if (!state) return undefined;
  const held = state.settings.tauSource === 'last-controlled-phase' ? [targetText(state)] : [];
  const unjudged = unjudgedText(state, symptom);
  const parts = [...held, ...(unjudged === undefined ? [] : [unjudged])];
  return parts.length === 0 ? undefined : parts.join('; ');
}
