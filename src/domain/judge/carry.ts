import { logEvidence } from './e-process';
import type { EProcess } from './e-process';
import type { JudgeState } from './state';
import { mapTests, testsOf } from './tests';
import type { TestName } from './tests';

/** What each test of a phase came to believe, as a share of each of its bets. Plain JSON. */
export type CarriedBets = { readonly [Name in TestName]?: readonly number[] };

/**
 * The beliefs that the next phase places half of its bets by. Never the evidence: stable may cope with a quarter of the
 * traffic and fail with all of it.
 */
export function betsToCarry(state: JudgeState): CarriedBets {
  return mapTests(testsOf(state), posteriorOf);
}

/** Of a test of several bounds nothing is carried: its bets are the same at all of them, and the bounds may be others. */
function posteriorOf(test: EProcess): readonly number[] {
  if (test.over) return [];
  const all = logEvidence(test);
  const even = -Math.log(test.logs.length);
  return test.logs.map((log, index) => {
    const share = Math.exp(log + (test.logWeights?.[index] ?? even) - all);
    return Math.round(1_000 * share) / 1_000;
  });
}
