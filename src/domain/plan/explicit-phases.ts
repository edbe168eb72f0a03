import type { PhasePolicy, TargetPolicy } from '../policy/policy';
import type { PhaseDraft } from './paces';

/** Drafts from phases written out by hand, or what is wrong with them. */
export type ExplicitDrafts =
  { readonly ok: true; readonly drafts: readonly PhaseDraft[] } | { readonly ok: false; readonly detail: string };

/** Reads hand-written phases against the targets of the extent: each must select something, and no weight may fall. */
export function explicitDrafts(phases: readonly PhasePolicy[], targets: readonly TargetPolicy[]): ExplicitDrafts {
  const reachedSoFar: Record<string, number> = {};
  const drafts: PhaseDraft[] = [];
  for (const phase of phases) {
    const selected = targets.filter((target) =>
      Object.entries(phase.select).every(([label, value]) => target.labels[label] === value),
    );
    if (selected.length === 0) return { ok: false, detail: `phase "${phase.name}" selects no target of this rollback` };
    const fallen = selected.find((target) => phase.weight < (reachedSoFar[target.name] ?? 0));
    if (fallen)
      return {
        ok: false,
        detail: `phase "${phase.name}" would lower ${fallen.name} from ${reachedSoFar[fallen.name]} to ${phase.weight} %`,
      };
    for (const target of selected) reachedSoFar[target.name] = phase.weight;
    drafts.push({
      name: phase.name,
      weights: selected.map((target) => ({ target: target.name, weight: phase.weight })),
      gate: phase.approval === 'required' ? 'approval' : 'automatic',
      because: 'written in the policy',
    });
  }
  return { ok: true, drafts };
}
