import { pastText } from './guardrail-text';
import { needsItsPast } from './guardrail-setting';
import type { Guardrail } from './guardrail';
import type { JudgeSettings } from './settings';
import type { JudgeState } from './state';
import { hasNoControl } from './tests';

/** Why something cannot be judged without a control. */
const UNKNOWN = 'neither the policy nor a past says what is normal';

/** That nothing can tell of the symptom of a phase without a control whether it is well; empty where something can. */
export function blindText({ settings }: Pick<JudgeState, 'settings'>): string {
  return hasNoControl(settings) && settings.tau === undefined
    ? `; it could not be judged: there was no control, and ${UNKNOWN}`
    : '';
}

/**
 * What each guardrail of a phase without a control was held against, and which were not judged, since neither the policy
 * nor a past says what is allowed; empty beside a control, where all are held against current.
 */
export function heldAgainstText({ settings, guardrails }: Pick<JudgeState, 'settings' | 'guardrails'>): string {
  if (!hasNoControl(settings)) return '';
  const byStandard = new Map<string, string[]>();
  for (const guardrail of Object.values(guardrails)) {
    const standard = standardOf(guardrail, settings.names);
    byStandard.set(standard, [...(byStandard.get(standard) ?? []), guardrail.setting.name]);
  }
  const held = [...byStandard].map(([standard, names]) => `held against ${standard}: ${names.join(', ')}`);
  const unheld = unheldGuardrails({ settings, guardrails });
  const notJudged = unheld.length === 0 ? [] : [`not judged, for ${UNKNOWN}: ${unheld.join(', ')}`];
  return [...held, ...notJudged].map((part) => `; ${part}`).join('');
}

function standardOf({ setting }: Guardrail, names: JudgeSettings['names']): string {
  return needsItsPast(setting) && setting.before
    ? `what was seen ${pastText(setting.before.of, names)}`
    : 'what the policy allows';
}

function unheldGuardrails({ settings, guardrails }: Pick<JudgeState, 'settings' | 'guardrails'>): readonly string[] {
  return (settings.guardrails ?? []).map(({ name }) => name).filter((name) => !(name in guardrails));
}

/**
 * What a soak cannot judge, in words for people; undefined where all of it is judged. `symptom`: the name of the metric
 * that the rollback is about.
 */
export function unjudgedText(state: JudgeState, symptom: string): string | undefined {
  const { settings, guardrails } = state;
  if (!hasNoControl(settings)) return undefined;
  const unheld = [...(settings.tau === undefined ? [symptom] : []), ...unheldGuardrails(state)];
  if (unheld.length === 0) return undefined;
  const isAll = settings.tau === undefined && Object.keys(guardrails).length === 0;
  return isAll
    ? `nothing could be judged, for ${UNKNOWN} of ${unheld.join(', ')}`
    : `${unheld.join(', ')} could not be judged, for ${UNKNOWN}`;
}
