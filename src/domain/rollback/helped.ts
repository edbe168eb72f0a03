import type { Verdict, VerdictReason } from '../judge/verdict';
import { HELP_ON_OTHERS } from '../plan/plan';
import type { Phase } from '../plan/plan';
import { countedAt } from '../policy/policy';
import { activeWeights, reached } from './progress';
import type { RunState } from './state';

/** The rules from which on a phase that leaves no control asks where it is not proven that going back helps. */
export const HELP_ASKED_SINCE = 3;

/**
 * Targets that a phase would leave without control, though a verdict has proven neither there, nor on as many others as
 * the plan asks for, that going back helps. None in the first phase, of which whoever starts the rollback decides.
 */
export function unhelpedIn(state: RunState, phase: Phase): readonly string[] {
  const { rules, plan, helped = [] } = state;
  const isExempt = rules < HELP_ASKED_SINCE || !phase.noControl || phase.index === 0;
  if (isExempt || helped.length >= (plan?.helpOnOthers ?? HELP_ON_OTHERS)) return [];
  return activeWeights(state, phase)
    .filter(
      (planned) => !reached(state, planned) && !countedIn(state, planned.target).some((at) => helped.includes(at)),
    )
    .map(({ target }) => target);
}

/**
 * What lets a phase pass where help cannot be proven: there is no metric of the cause, nobody is served, or too few are
 * and the policy goes on all the same. It would be no better proven later, so it is not asked for.
 */
const NOT_TO_BE_PROVEN: readonly VerdictReason[] = ['NO_HARM', 'NOTHING_TO_JUDGE', 'THIN'];

/** The same run, knowing of which targets a verdict that let their phase pass needs no further proof of help. */
export function withHelp(state: RunState, index: number, { reason }: Pick<Verdict, 'reason'>): RunState {
  const phase = state.plan?.phases[index];
  const excepted = NOT_TO_BE_PROVEN.includes(reason);
  if (!phase || (reason !== 'HELPING' && !excepted)) return state;
  const proven = activeWeights(state, phase).filter(({ weight }) => excepted || weight < 100);
  const helped = [...new Set([...(state.helped ?? []), ...proven.map(({ target }) => target)])];
  return { ...state, helped };
}

/** Where it shows whether going back helps: at the target itself, or at the one that it stands behind. */
function countedIn({ policy }: RunState, target: string): readonly string[] {
  return policy ? countedAt(policy, [target]) : [target];
}
