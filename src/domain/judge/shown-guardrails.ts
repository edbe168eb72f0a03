import { boundOf, worstPart } from './count-guardrail';
import { logEvidence } from './e-process';
import { gaugeUnharmed } from './gauge-guardrail';
import type { Guardrail } from './guardrail';
import { isUnharmed, OK_LINE, testsOfGuardrail } from './guardrails';
import type { JudgeState } from './state';
import type { GuardrailEvidence, GuardrailStanding } from './verdict';

/** What each guardrail has shown. `harmed`: the one that a halt names. */
export function shownGuardrails(state: JudgeState, harmed?: string): readonly GuardrailEvidence[] {
  return Object.entries(state.guardrails).map(([name, guardrail]) =>
    shown(name, guardrail, name === harmed ? 'harmed' : standingOf(guardrail, state.settings.guardProof)),
  );
}

function shown(name: string, guardrail: Guardrail, standing: GuardrailStanding): GuardrailEvidence {
  if (guardrail.kind === 'gauge') {
    const levels = guardrail.lastPairAt === undefined ? {} : guardrail.levels;
    return { name, standing, kind: 'level', ...levels };
  }
  const { stable, current, index } = worstPart(guardrail);
  if (guardrail.setting.measure?.kind === 'events') return { name, standing, kind: 'events', current, stable };
  const boundSeconds = boundOf(guardrail.setting, index);
  return { name, standing, kind: 'share', current, stable, ...(boundSeconds === undefined ? {} : { boundSeconds }) };
}

function standingOf(guardrail: Guardrail, proof: JudgeState['settings']['guardProof'] = 'required'): GuardrailStanding {
  if (guardrail.lastPairAt === undefined) return 'unseen';
  const tests = testsOfGuardrail(guardrail);
  const isWithin = guardrail.kind === 'counts' || gaugeUnharmed(guardrail, 'required');
  if (tests && isWithin && logEvidence(tests.ok) >= OK_LINE) return 'unharmed';
  return isUnharmed(guardrail, proof) ? 'no-sign' : 'unproven';
}
