import { heldAgainstPast, needsItsPast } from '../judge/guardrail-setting';
import type { ToldByPast } from '../judge/guardrail-setting';
import type { GuardrailSetting, JudgeSettings } from '../judge/settings';
import { hasNoControl } from '../judge/tests';
import type { CohortCounts } from '../judge/verdict';
import { binomial } from './random';
import type { Random } from './random';
import type { Rehearsal } from './rehearsal';
import type { World } from './worlds';

/** What was seen of a guardrail before a phase, in intervals, oldest first; nothing where it is not known. */
export interface GuardedPast {
  /** Of the suspect, right before the phase. */
  readonly current: readonly CohortCounts[];
  /** Of the old revision, from before the suspect came. */
  readonly stable?: readonly CohortCounts[];
}

/** The past of each guardrail, by its name. */
export type GuardedPasts = Readonly<Record<string, GuardedPast>>;

/** What a phase is judged by, as far as it says whether there is a control, and how long its intervals are. */
type PhaseSettings = Pick<JudgeSettings, 'mode' | 'weights' | 'intervalMs'>;

/** Guardrails as a live phase is given them: without a control, those of which the policy says nothing with their past. */
export function heldGuardrails(
  guardrails: readonly GuardrailSetting[],
  pasts: GuardedPasts,
  settings: PhaseSettings,
): readonly GuardrailSetting[] {
  if (!hasNoControl(settings)) return guardrails;
  const { intervalMs } = settings;
  return guardrails.map((setting) => {
    const { current = [], stable = [] } = pasts[setting.name] ?? {};
    const told = (intervals: readonly CohortCounts[]): ToldByPast => ({ setting, past: { intervals, intervalMs } });
    const suspect = told(current);
    return needsItsPast(setting) ? heldAgainstPast(suspect, told(stable), suspect.past) : setting;
  });
}

/** Names of the guardrails that a phase of this plan holds against their past; none where each phase has a control. */
export function heldAgainstPasts({ phases, guardrails }: Pick<Rehearsal, 'phases' | 'guardrails'>): readonly string[] {
  if (!phases.some(({ noControl }) => noControl)) return [];
  return guardrails.filter(needsItsPast).map(({ name }) => name);
}

/**
 * The intervals of a drawn suspect with its bad ones in the sense of each guardrail. Nothing is drawn of the old revision,
 * which is asked only where the suspect had too few requests to tell, and would have had as few itself.
 */
export function drawnGuarded(
  history: readonly CohortCounts[],
  guardrails: NonNullable<World['guardrails']>,
  random: Random,
): Readonly<Record<string, readonly CohortCounts[]>> {
  return Object.fromEntries(
    Object.entries(guardrails).map(([name, { current }]) => [
      name,
      history.map(({ requests }) => ({ requests, bad: binomial(random, requests, current) })),
    ]),
  );
}
