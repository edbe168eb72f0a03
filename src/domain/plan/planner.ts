import type { Pace, ServicePolicy } from '../policy/policy';
import type { RollbackRequest } from '../rollback/request';
import type { Assessment } from '../rollback/state';
import type { Census } from './census';
import { weightOf } from './census';
import { explicitDrafts } from './explicit-phases';
import { draftsFor } from './paces';
import type { PhaseDraft } from './paces';
import type { Phase, RollbackPlan } from './plan';

/** What a plan is made of. */
export interface PlanInput {
  readonly policy: ServicePolicy;
  readonly request: RollbackRequest;
  readonly assessment: Assessment & { readonly kind: 'blamed' };
  readonly census: Census;
  readonly pace: Pace;
  /** True for the course `now`: one phase, everything at once. */
  readonly atOnce: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A plan, or why there can be none. */
export type Planned =
  | { readonly kind: 'plan'; readonly plan: RollbackPlan }
  | { readonly kind: 'unplannable'; readonly code: string; readonly detail: string };

const SHIFT_MS = 5_000;
const EXPECTED_INTERVALS = 4;

/** Phases that take the extent back, each with its because. Weights never fall along the plan, nor below what is there. */
export function planRollback(input: PlanInput): Planned {
  const { policy, assessment, request } = input;
  const { fromRevision, toRevision, extent } = assessment;
  if (extent.length === 0) {
    return {
      kind: 'unplannable',
      code: 'NOTHING_SERVES',
      detail: `${fromRevision} serves on no target of this service`,
    };
  }
  const targets = policy.targets.filter((target) => extent.includes(target.name));
  const written = policy.phases.length > 0 && !input.atOnce && request.pace === undefined;
  const drafts = written
    ? explicitDrafts(policy.phases, targets)
    : { ok: true as const, drafts: draftsFor(input.pace, targets, input.atOnce) };
  if (!drafts.ok) return { kind: 'unplannable', code: 'PHASES_DO_NOT_FIT', detail: drafts.detail };
  const ahead = drafts.drafts.map((draft) => ({
    ...draft,
    weights: draft.weights.filter((w) => w.weight > there(input, w.target)),
  }));
  const needed = ahead.filter((draft) => draft.weights.length > 0);
  if (needed.length === 0)
    return { kind: 'unplannable', code: 'ALREADY_THERE', detail: `everything serves ${toRevision} already` };
  const merged = mergedToRelief(needed, policy);
  const phases = merged.map((draft, index) => toPhase(draft, index, input));
  const plan: RollbackPlan = {
    fromRevision,
    toRevision,
    cause: request.cause,
    pace: input.pace,
    extent,
    outside: policy.targets
      .filter((target) => !extent.includes(target.name))
      .map((target) => ({ target: target.name, because: outsideBecause(input, target.name) })),
    phases,
    because: assessment.because,
    expectedReliefMs: reliefMs(merged.length, policy),
    plannedAt: input.now,
  };
  return { kind: 'plan', plan };
}

function there(input: PlanInput, target: string): number {
  return weightOf(input.census[target], input.assessment.toRevision);
}

function outsideBecause({ assessment, census }: PlanInput, target: string): string {
  return weightOf(census[target], assessment.fromRevision) > 0
    ? 'not asked for'
    : `${assessment.fromRevision} does not serve there`;
}

function toPhase(draft: PhaseDraft, index: number, { request, atOnce }: PlanInput): Phase {
  const first = index === 0 && request.mode !== 'auto' && request.trigger.kind !== 'person';
  return {
    index,
    name: draft.name,
    weights: draft.weights,
    gate: !atOnce && (first || draft.gate === 'approval') ? 'approval' : 'automatic',
    noControl: draft.weights.every((planned) => planned.weight === 100),
    because: draft.because,
  };
}

/** Each phase costs its shift, the settle time and a few intervals of evidence. */
function reliefMs(phases: number, { timing }: ServicePolicy): number {
  return phases * (SHIFT_MS + timing.settleMs + EXPECTED_INTERVALS * timing.intervalMs);
}

/** Leaves out the latest step that a later one repeats further, until relief comes in time; the first is never left out. */
function mergedToRelief(drafts: readonly PhaseDraft[], policy: ServicePolicy): readonly PhaseDraft[] {
  let merged = drafts;
  while (reliefMs(merged.length, policy) > policy.timing.reliefWithinMs) {
    const from = merged;
    const at = from.findLastIndex(
      (draft, i) =>
        i > 0 && draft.gate === 'automatic' && draft.weights.every((w) => isOvertaken(w, from.slice(i + 1))),
    );
    if (at < 0) return merged;
    merged = from.filter((_, i) => i !== at);
  }
  return merged;
}

function isOvertaken(
  planned: { readonly target: string; readonly weight: number },
  later: readonly PhaseDraft[],
): boolean {
  return later.some((draft) => draft.weights.some((w) => w.target === planned.target && w.weight >= planned.weight));
}
