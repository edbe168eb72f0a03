import { logEvidence } from './e-process';
import { expectation, meterOf } from './evidence';
import { testsOfGuardrail } from './guardrails';
import { ratioInterval } from './interval';
import { commonRatio } from './like-with-like';
import { phrase } from './phrasing';
import { shownGuardrails } from './shown-guardrails';
import type { JudgeState } from './state';
import { testsOf } from './tests';
import type { Decision, Verdict, VerdictReason } from './verdict';

/** A decision before it is put into words. */
export interface Answer {
  readonly decision: Decision;
  readonly reason: VerdictReason;
  readonly escalate?: boolean;
  readonly guardrail?: string;
  readonly target?: string;
}

/** A decision with everything that people need to check it. */
export function verdictOf(state: JudgeState, answer: Answer): Verdict {
  const { totals, observedMs, settings } = state;
  const ratio = commonRatio(state);
  const ends = answer.decision !== 'hold' || answer.escalate === true;
  const interval = ends ? ratioInterval(state) : undefined;
  const expected = ends ? undefined : expectation(state);
  const guardrails = shownGuardrails(state, answer.decision === 'halt' ? answer.guardrail : undefined);
  const facts = {
    decision: answer.decision,
    reason: answer.reason,
    escalate: answer.escalate ?? false,
    ...(answer.guardrail === undefined ? {} : { guardrail: answer.guardrail }),
    ...(answer.target === undefined ? {} : { target: answer.target }),
    current: totals.current,
    stable: totals.stable,
    ...(totals.current.bad > 0 && totals.stable.requests > 0 && Number.isFinite(ratio) ? { ratio } : {}),
    ...(interval === undefined ? {} : { ratioInterval: interval }),
    ...(settings.buckets?.bounds ? { bounds: settings.buckets.bounds } : {}),
    ...(guardrails.length === 0 ? {} : { guardrails }),
    meter: meterOf(state),
    evidence: evidenceOf(state),
    observedMs,
    ...(expected?.kind === 'in' ? { etaMs: expected.ms } : {}),
    at: state.lastAt,
  };
  return { ...facts, text: phrase(state, facts) };
}

function evidenceOf(state: JudgeState): Readonly<Record<string, number>> {
  const ofGuardrails = Object.entries(state.guardrails).flatMap(([name, guardrail]) =>
    Object.entries(testsOfGuardrail(guardrail) ?? {}).map(([test, stake]) => [`${name}.${test}`, stake] as const),
  );
  return Object.fromEntries(
    [...Object.entries(testsOf(state)), ...ofGuardrails].map(([name, test]) => [
      name,
      Math.round(logEvidence(test) * 100) / 100,
    ]),
  );
}
