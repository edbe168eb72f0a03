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
  readonly expectation: Expectation;
}

/** A state never changes, and people look at it more often than it is replaced. */
const known = new WeakMap<JudgeState, Standing>();

/** What a bake's evidence has come to, for people; the interval takes some milliseconds, so it is worked out once. */
export function standing(state: JudgeState): Standing {
  const found = known.get(state) ?? workedOut(state);
  known.set(state, found);
  return found;
}

function workedOut(state: JudgeState): Standing {
  const verdict = judge(state);
  const interval = verdict.ratioInterval ?? ratioInterval(state);
  const ends = verdict.decision !== 'hold' || verdict.escalate;
  return {
    verdict: interval === undefined ? verdict : { ...verdict, ratioInterval: interval },
    expectation: ends ? undefined : expectation(state),
  };
}
