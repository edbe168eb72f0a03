import { brakeText } from './consult';
import { KEPT, activeBrake } from './state';
import type { EnvironmentOutcome, EnvironmentState } from './state';

/** What an environment can be told: automation off or to ask until then, or on again. */
export interface EnvironmentWord {
  readonly kind: 'automation';
  readonly id: string;
  readonly to: 'off' | 'ask' | 'on';
  /** Epoch milliseconds; `off` and `ask` must have an end, so that no brake is forgotten. */
  readonly until?: number;
  readonly by: string;
  /** When it was said, for display only; epoch milliseconds. */
  readonly at: number;
  readonly reason?: string;
}

type RefusalCode = Extract<EnvironmentOutcome, { result: 'refused' }>['code'];

/** The memory after a word with its answer in it. A repeat of an id changes nothing. `now` is epoch milliseconds. */
export function hearWord(state: EnvironmentState, word: EnvironmentWord, now: number): EnvironmentState {
  if (environmentOutcome(state, word.id)) return state;
  const refusal = refusalOf(state, word, now);
  const base = { id: word.id, kind: word.kind, at: now };
  if (refusal) return answered(state, { ...base, result: 'refused', ...refusal });
  const changed = { ...state, brake: brakeOf(word, now) };
  const why = word.to === 'on' ? `, by ${word.by}: ${word.reason ?? ''}` : '';
  return answered(changed, { ...base, result: 'applied', text: `${brakeText(changed, now)}${why}` });
}

/** What became of a word; undefined while it is not known. */
export function environmentOutcome(state: EnvironmentState, id: string): EnvironmentOutcome | undefined {
  return state.outcomes.find((outcome) => outcome.id === id);
}

function refusalOf(
  state: EnvironmentState,
  word: EnvironmentWord,
  now: number,
): { readonly code: RefusalCode; readonly text: string } | undefined {
  if (!word.reason) return { code: 'REASON_MISSING', text: 'whoever meets it must be able to read why: give a reason' };
  if (word.to === 'on')
    return activeBrake(state, now) ? undefined : { code: 'ALREADY_ON', text: brakeText(state, now) };
  if (word.until === undefined) return { code: 'END_MISSING', text: `automation ${word.to} needs an end` };
  return word.until > now ? undefined : { code: 'TIME_IS_PAST', text: 'the end that was given is past' };
}

function brakeOf({ to, until, by, reason = '' }: EnvironmentWord, since: number): EnvironmentState['brake'] {
  if (to === 'on' || until === undefined) return undefined;
  return { to, until, since, by, reason: reason.slice(0, KEPT.reasonLength) };
}

function answered(state: EnvironmentState, outcome: EnvironmentOutcome): EnvironmentState {
  return { ...state, outcomes: [...state.outcomes, outcome].slice(-KEPT.outcomes) };
}
