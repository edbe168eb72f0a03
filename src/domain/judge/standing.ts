import { expectation } from './evidence';
import type { Expectation } from './evidence';
import { ratioInterval } from './interval';
import { judge } from './judge';
import type { JudgeState } from './state';
import type { Verdict } from './verdict';

/** What a bake's evidence has come to before it ends. */
export interface Standing {
  /** What would be said now, with what the ratio may be by now. */
  readonly verdict: Verdict;
  readonly expectation?: Expectation;
}

/** What a bake's evidence has come to, for people. A verdict, so only activities work it out. */
export function standing(state: JudgeState): Standing {
  const verdict = judge(state);
  const interval = verdict.ratioInterval ?? ratioInterval(state);
  const ends = verdict.decision !== 'hold' || verdict.escalate;
  return {
    verdict: interval === undefined ? verdict : { ...verdict, ratioInterval: interval },
    ...(ends ? {} : { expectation: expectation(state) }),
  };
}
