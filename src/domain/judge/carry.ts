import { logEvidence } from './e-process';
import type { Stake } from './e-process';
import { testsOfGuardrail } from './guardrails';
import type { JudgeState } from './state';
import { hasNoControl, testsOf } from './tests';

/** What both tests of a guardrail came to believe. */
export interface CarriedGuardrail {
  readonly bad?: readonly number[];
  readonly ok?: readonly number[];
}

/** What each test of a phase came to believe, as a share of each of its bets. Plain JSON. */
export interface CarriedBets {
  readonly help?: readonly number[];
  readonly noHelp?: readonly number[];
  readonly bad?: readonly number[];
  readonly harm?: readonly number[];
  /** By name. */
  readonly guardrails?: Readonly<Record<string, CarriedGuardrail>>;
}

/**
 * The beliefs that the next phase places half of its bets by. Never the evidence: stable may cope with a quarter of the
 * traffic and fail with all of it. A phase without control has other boundaries, so its guardrails tell the next nothing.
 */
export function betsToCarry(state: JudgeState): CarriedBets {
  const { help, noHelp, bad, harm } = testsOf(state);
  const compared = hasNoControl(state.settings) ? [] : Object.entries(state.guardrails);
  const guardrails = compared.flatMap(([name, guardrail]) => {
    const tests = testsOfGuardrail(guardrail);
    return tests ? [[name, { bad: posteriorOf(tests.bad), ok: posteriorOf(tests.ok) }] as const] : [];
  });
  return {
    help: posteriorOf(help),
    noHelp: posteriorOf(noHelp),
    bad: posteriorOf(bad),
    harm: posteriorOf(harm),
    ...(guardrails.length === 0 ? {} : { guardrails: Object.fromEntries(guardrails) }),
  };
}

/** Of a test of several bounds nothing is carried: its bets are the same at all of them, and the bounds may be others. */
function posteriorOf(test: Stake | undefined): readonly number[] | undefined {
  if (!test || test.over) return undefined;
  const all = logEvidence(test);
  const even = -Math.log(test.logs.length);
  return test.logs.map((log, index) => {
    const share = Math.exp(log + (test.logWeights?.[index] ?? even) - all);
    return Math.round(1_000 * share) / 1_000;
  });
}
