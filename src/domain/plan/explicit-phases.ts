import { frontOf } from '../policy/policy';
import type { PhasePolicy, TargetPolicy } from '../policy/policy';
import { hasLabels, whyNoneHas } from './labels';
import type { PhaseDraft } from './paces';

/** What is wrong with one written phase. */
export interface PhaseProblem {
  /** Place in the list, from 0. */
  readonly index: number;
  readonly message: string;
}

/**
 * Everything that is wrong with written phases over all targets of a service: each must select something, no weight
 * may fall, and the last must raise something.
 */
export function phaseProblems(
  phases: readonly PhasePolicy[],
  targets: readonly TargetPolicy[],
): readonly PhaseProblem[] {
  const reached = new Map<string, number>();
  return phases.flatMap((phase, index) => {
    const selected = targets.filter((target) => hasLabels(target, phase.select));
    const early = selected.find(({ behind }) => behind !== undefined && (reached.get(behind) ?? 0) < 100);
    const before = selected.map((target) => ({ name: target.name, weight: reached.get(target.name) ?? 0 }));
    for (const target of selected) reached.set(target.name, Math.max(phase.weight, reached.get(target.name) ?? 0));
    if (early && phase.weight > 0) return [{ index, message: tooEarly(phase, early) }];
    const message = problemOf(phase, before, index === phases.length - 1, () => whyNoneHas(targets, phase.select));
    return message === undefined ? [] : [{ index, message }];
  });
}

function tooEarly({ name }: PhasePolicy, { name: target, behind }: TargetPolicy): string {
  return `phase "${name}" would take ${target} back, which stands behind ${behind}: take ${behind} to 100 % in a phase before it`;
}

function problemOf(
  phase: PhasePolicy,
  before: readonly { readonly name: string; readonly weight: number }[],
  isLast: boolean,
  whyNone: () => string,
): string | undefined {
  if (before.length === 0) return `phase "${phase.name}" selects nothing: ${whyNone()}`;
  const fallen = before.find((entry) => phase.weight < entry.weight);
  if (fallen) return `phase "${phase.name}" would lower ${fallen.name} from ${fallen.weight} to ${phase.weight} %`;
  if (isLast && before.every((entry) => entry.weight === phase.weight))
    return `the last phase "${phase.name}" raises nothing`;
  return undefined;
}

/** The written phases as far as they concern the targets of this rollback; a phase that concerns none is left out. */
export function explicitDrafts(phases: readonly PhasePolicy[], extent: readonly TargetPolicy[]): readonly PhaseDraft[] {
  return phases
    .map((phase): PhaseDraft => {
      const selected = extent.filter((target) => hasLabels(target, phase.select));
      return {
        name: phase.name,
        weights: selected.map((target) => ({ target: target.name, weight: phase.weight })),
        gate: phase.approval === 'required' ? 'approval' : 'automatic',
        because: 'written in the policy',
      };
    })
    .filter((draft) => draft.weights.length > 0);
}

/** Phases with what they take back, and through which target that gets its traffic. */
interface Unproven {
  readonly drafts: readonly PhaseDraft[];
  readonly targets: readonly TargetPolicy[];
  /** So many targets that were shared with the suspect speak for all others. */
  readonly others: number;
  /** Targets on which it has been shown already that going back helps. */
  readonly helped?: readonly string[];
}

/**
 * The same phases, asking a person before one that leaves its targets no control while no earlier phase shared any of
 * them, of what they stand behind, or that many `others`, with the suspect: nothing can then have shown that going back
 * helps there. Whether it was shown is asked when it comes to that. Of the first phase whoever starts the rollback decides.
 */
export function askedWhereUnproven({ drafts, targets, others, helped = [] }: Unproven): readonly PhaseDraft[] {
  const shared = new Set(helped);
  return drafts.map((draft, index) => {
    const unproven = draft.weights
      .filter(({ target }) => !shared.has(frontOf(targets, target)))
      .map(({ target }) => target);
    const hasControl = draft.weights.some(({ weight }) => weight < 100);
    const asks = index > 0 && !hasControl && shared.size < others && unproven.length > 0;
    for (const { target, weight } of draft.weights) if (weight < 100) shared.add(target);
    if (!asks) return draft;
    const names = new Intl.ListFormat('en').format(unproven);
    return {
      ...draft,
      gate: 'approval',
      because: `${draft.because}; ${names} would go all at once, and no share of it before has shown that going back helps there, so a person says when`,
    };
  });
}
