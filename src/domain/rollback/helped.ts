import type { Verdict, VerdictReason } from '../judge/verdict';
import { HELP_ON_OTHERS } from '../plan/plan';
import type { Phase } from '../plan/plan';
import { countedAt } from '../policy/policy';
import { activeWeights, reached, trafficSeen } from './progress';
import type { RunState } from './state';

/** The rules from which on a phase that leaves no control asks where it is not proven that going back helps. */
export const HELP_ASKED_SINCE = 3;

/**
 * Targets that a phase would leave without control, though a verdict has proven neither there, nor on as many others as
 * the plan asks for, that going back helps. None in the first phase, of which whoever starts the rollback decides, nor
 * where nobody has been served at all; nor on a target whose own share went on because it cannot be proven there.
 */
export function unhelpedIn(state: RunState, phase: Phase): readonly string[] {
  const { rules, plan, helped = [], excused = [] } = state;
  const isIdle = excused.length > 0 && !trafficSeen(state);
  const isExempt = rules < HELP_ASKED_SINCE || !phase.noControl || phase.index === 0 || isIdle;
  if (isExempt || helped.length >= (plan?.helpOnOthers ?? HELP_ON_OTHERS)) return [];
  const known = [...helped, ...excused];
  return activeWeights(state, phase)
    .filter((planned) => !reached(state, planned) && !countedIn(state, planned.target).some((at) => known.includes(at)))
    .map(({ target }) => target);
}

/** What lets a phase go on where too few are served to prove anything, or nobody is: no proof for any other target. */
const EXCUSES: readonly VerdictReason[] = ['NOTHING_TO_JUDGE', 'THIN'];

/**
 * The same run, knowing what the verdict that let a phase pass has proven of its targets. Where the cause has no metric
 * help is not asked: there, that nothing was harmed is all that can be proven.
 */
export function withHelp(state: RunState, index: number, { reason }: Pick<Verdict, 'reason'>): RunState {
  const phase = state.plan?.phases[index];
  if (!phase) return state;
  const targets = activeWeights(state, phase);
  const added = (known: readonly string[] = [], news: typeof targets): readonly string[] => [
    ...new Set([...known, ...news.map(({ target }) => target)]),
  ];
  if (EXCUSES.includes(reason)) return { ...state, excused: added(state.excused, targets) };
  if (reason !== 'HELPING' && reason !== 'NO_HARM') return state;
  const proven = targets.filter(({ weight }) => reason === 'NO_HARM' || weight < 100);
  return { ...state, helped: added(state.helped, proven) };
}

/** Where it shows whether going back helps: at the target itself, or at the one that it stands behind. */
function countedIn({ policy }: RunState, target: string): readonly string[] {
  return policy ? countedAt(policy, [target]) : [target];
}
