import type { ServicePolicy } from '../policy/policy';
import type { RollbackRequest } from '../rollback/request';
import type { Assessment } from '../rollback/state';
import { affectedOf, narrowerExtent } from './affected';
import type { Census } from './census';
import { capacityOf, weightOf } from './census';
import { askedWhereUnproven, explicitDrafts, phaseProblems } from './explicit-phases';
import { whyNoneHas, hasLabels } from './labels';
import { withoutMixed } from './one-kind';
import { behindThem, draftsFor, everythingAtOnce } from './paces';
import type { PhaseDraft } from './paces';
import { nameOf } from './phase-name';
import { HELP_ON_OTHERS, lastWeights } from './plan';
import type { Phase, PlannedWeight, RollbackPlan } from './plan';
import { expectedReliefMs, mergedToRelief } from './relief';
import { shareText } from './share';
import { splitText } from './split-text';
import { firstShareOf, paceOf, partsOf } from './traffic';
import { inWholeUnits, whyRounded } from './whole-units';

/** What a plan is made of. */
export interface PlanInput {
  readonly policy: ServicePolicy;
  readonly request: RollbackRequest;
  readonly assessment: Assessment & { readonly kind: 'blamed' };
  readonly census: Census;
  /** True for the course `now`: one phase, everything at once. */
  readonly atOnce: boolean;
  /** Targets that the rollback may have moved already; absent means none. */
  readonly touched?: readonly string[];
  /** Targets on which this rollback has proven that going back helps; absent means none. */
  readonly helped?: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Why there can be no plan. */
export type UnplannableCode = 'SAME_REVISION' | 'NOTHING_SERVES' | 'PHASES_DO_NOT_FIT' | 'ALREADY_THERE';

/** A plan, or why there can be none. */
export type Planned =
  | { readonly kind: 'plan'; readonly plan: RollbackPlan }
  | { readonly kind: 'unplannable'; readonly code: UnplannableCode; readonly detail: string };

/**
 * Phases that take the extent back, each with its because. A target's weight only grows along the plan and is never
 * below what it serves already; by pace every target of the extent ends at 100, by written phases where they say.
 */
export function planRollback(input: PlanInput): Planned {
  const { policy, request, assessment, atOnce } = input;
  const pace = paceOf({
    asked: request.pace,
    cause: request.cause,
    policy: policy.pace,
    traffic: assessment.traffic,
  });
  const impossible = whyImpossible(input);
  if (impossible) return impossible;
  const written = policy.phases.length > 0 && !atOnce && request.pace === undefined;
  const affected = written || atOnce ? [] : affectedOf(targetsOf(input), assessment.splits);
  const wanted = written ? explicitDrafts(policy.phases, targetsOf(input)) : paceDrafts(input, pace, affected);
  const drafts = withoutMixed(inWholeUnits(wanted, input.census), assessment.fromRevision);
  const reached = new Set(drafts.flatMap((draft) => draft.weights.map((planned) => planned.target)));
  const ahead = withWhatIsThere(input, drafts);
  const needed = ahead.length > 0 ? ahead : withNothingLeft(input, drafts);
  if (needed.length === 0) return alreadyThere(input);
  const merged = written ? needed : mergedInFront(input, needed, pace === 'surgical');
  const isFast = !written && (pace === 'express' || merged.length < needed.length);
  const others = isFast ? 1 : HELP_ON_OTHERS;
  const gated = askedWhereUnproven({ drafts: merged, targets: policy.targets, others, helped: input.helped });
  const narrower = atOnce ? undefined : narrowerExtent(targetsOf(input), assessment.splits);
  return {
    kind: 'plan',
    plan: {
      fromRevision: assessment.fromRevision,
      toRevision: assessment.toRevision,
      cause: request.cause,
      pace,
      extent: assessment.extent.filter((target) => reached.has(target)),
      ...unitsOf(input, reached),
      outside: outsideOf(input, reached),
      ...(narrower ? { narrower } : {}),
      phases: gated.map((draft, index) => toPhase(draft, index, input)),
      ...(isFast ? { helpOnOthers: 1 as const } : {}),
      because: [
        assessment.because,
        ...(assessment.splits ?? []).map(splitText),
        ...(affected.length > 0 ? [whyFirst(affected)] : []),
        ...(merged.length < needed.length ? [whyMerged(policy)] : []),
        ...whyRounded(wanted, input.census),
      ].join('; '),
      expectedReliefMs: expectedReliefMs(merged.length, policy.timing),
      plannedAt: input.now,
    },
  };
}

function whyImpossible(input: PlanInput): Planned | undefined {
  const { policy, request, assessment } = input;
  const { fromRevision, toRevision } = assessment;
  if (fromRevision === toRevision)
    return unplannable('SAME_REVISION', `${fromRevision} cannot be taken back to itself`);
  const asked = request.extent ?? {};
  if (!policy.targets.some((target) => hasLabels(target, asked)))
    return unplannable(
      'NOTHING_SERVES',
      `the extent that was asked for is empty: ${whyNoneHas(policy.targets, asked)}`,
    );
  if (targetsOf(input).length === 0) {
    const [stranded] = askedOf(input);
    return unplannable(
      'NOTHING_SERVES',
      stranded
        ? `${stranded.name} stands behind ${stranded.behind}, which is not taken back with it and does not serve ${toRevision} alone: ask for both, or take ${stranded.behind} back first`
        : `${fromRevision} serves on no target that was asked for`,
    );
  }
  const problems = phaseProblems(policy.phases, policy.targets);
  return problems.length > 0
    ? unplannable('PHASES_DO_NOT_FIT', problems.map((problem) => problem.message).join('; '))
    : undefined;
}

function unplannable(code: UnplannableCode, detail: string): Planned {
  return { kind: 'unplannable', code, detail };
}

function alreadyThere(input: PlanInput): Planned {
  const { toRevision } = input.assessment;
  const extent = targetsOf(input).map(({ name }) => name);
  return unplannable('ALREADY_THERE', `${toRevision} serves already what the plan asks for on ${extent.join(', ')}`);
}

/**
 * As they were assessed, and as far as they are still asked for. What stands behind a target that still sends it the suspect's
 * traffic, and is not part of this, stays out: all of its traffic would go at once. `now` waits for nothing.
 */
function targetsOf(input: PlanInput): ServicePolicy['targets'] {
  const { assessment, atOnce, census } = input;
  const asked = askedOf(input);
  const mayGo = (front: string): boolean =>
    asked.some(({ name }) => name === front) || weightOf(census[front], assessment.toRevision) >= WHOLE;
  return asked.filter(({ behind }) => atOnce || behind === undefined || mayGo(behind));
}

function askedOf({ policy, assessment, request }: PlanInput): ServicePolicy['targets'] {
  const { extent } = assessment;
  return policy.targets.filter((target) => extent.includes(target.name) && hasLabels(target, request.extent ?? {}));
}

/** Shares are read back as numbers; this is all of it. */
const WHOLE = 99.5;

/** Where traffic is told apart relief is hurried; what stands behind it has none left, and keeps its phase. */
function mergedInFront({ policy }: PlanInput, drafts: readonly PhaseDraft[], inSeries: boolean): readonly PhaseDraft[] {
  const at = drafts.findIndex(({ weights }) => weights.some(({ target }) => isBehind(policy, target)));
  if (at < 0) return mergedToRelief(drafts, policy.timing, inSeries);
  return [...mergedToRelief(drafts.slice(0, at), policy.timing, inSeries), ...drafts.slice(at)];
}

function isBehind({ targets }: ServicePolicy, name: string): boolean {
  return targets.some((target) => target.name === name && target.behind !== undefined);
}

/** Where the failures are goes first: elsewhere no share of traffic could show that going back helps. */
function paceDrafts(
  input: PlanInput,
  pace: RollbackPlan['pace'],
  affected: ServicePolicy['targets'],
): readonly PhaseDraft[] {
  const all = [...affected, ...targetsOf(input).filter((target) => !affected.includes(target))];
  const targets = all.filter(({ behind }) => behind === undefined);
  const { traffic, toRevision } = input.assessment;
  const [first] = targets;
  if (input.atOnce) return everythingAtOnce(all);
  const last = behindThem(all.filter(({ behind }) => behind !== undefined));
  if (!first) return last;
  const drafts = draftsFor(pace, {
    targets,
    first: firstShareOf(first.name, traffic, {
      readyCapacity: capacityOf(input.census[first.name], toRevision),
      units: input.census[first.name]?.units,
    }),
    parts: partsOf(
      targets.map(({ name }) => name),
      traffic,
    ),
  });
  return [...drafts, ...last];
}

/**
 * Leaves out what the census shows as done. Where the plan thereby begins in the middle, its first phase is the last
 * one that is done: nothing is left to shift in it, and its bake brings the verdict that widening needs.
 */
function withWhatIsThere(input: PlanInput, drafts: readonly PhaseDraft[]): readonly PhaseDraft[] {
  const planned = new Map<string, number>();
  const raises = ({ target, weight }: PlannedWeight): boolean =>
    weight > Math.max(there(input, target), planned.get(target) ?? 0);
  const ahead = drafts.map((draft) => {
    const weights = draft.weights.filter(raises);
    for (const { target, weight } of weights) planned.set(target, weight);
    return { ...draft, weights };
  });
  const first = ahead.findIndex((draft) => draft.weights.length > 0);
  if (first < 0) return [];
  const done = input.atOnce ? undefined : drafts[first - 1];
  const proven = done ? [{ ...done, gate: 'automatic' as const, because: becauseDone(input, done) }] : [];
  return [...proven, ...ahead.filter((draft) => draft.weights.length > 0)];
}

/** A rollback that has moved all that is asked for now proves it, and ends as any other. */
function withNothingLeft(input: PlanInput, drafts: readonly PhaseDraft[]): readonly PhaseDraft[] {
  if (!input.touched?.length || drafts.length === 0) return [];
  const weights = lastWeights({ phases: drafts });
  const because = `${weights.map(({ target }) => sharesThere(input, target)).join(' · ')} on ${input.assessment.toRevision} already: nothing is left to move`;
  return withoutMixed([{ weights, gate: 'automatic', nothingLeft: true, because }], input.assessment.fromRevision);
}

function becauseDone(input: PlanInput, done: PhaseDraft): string {
  const shares = done.weights.map(({ target }) => sharesThere(input, target));
  return `${shares.join(' · ')} on ${input.assessment.toRevision} already: it is proven before more moves`;
}

function sharesThere(input: PlanInput, target: string): string {
  return `${target} ${shareText(there(input, target), input.census[target]?.units)}`;
}

function there({ census, assessment }: PlanInput, target: string): number {
  return weightOf(census[target], assessment.toRevision);
}

/** How the targets that go back are moved, as far as it is not in percent. */
function unitsOf({ census }: PlanInput, reached: ReadonlySet<string>): Pick<RollbackPlan, 'units'> {
  const known = [...reached].flatMap((target) => {
    const units = census[target]?.units;
    return units ? [[target, units] as const] : [];
  });
  return known.length > 0 ? { units: Object.fromEntries(known) } : {};
}

function outsideOf(input: PlanInput, reached: ReadonlySet<string>): RollbackPlan['outside'] {
  const left = input.policy.targets.filter((target) => !reached.has(target.name));
  return left.map((target) => ({ target: target.name, because: outsideBecause(input, target.name) }));
}

function outsideBecause(input: PlanInput, target: string): string {
  const { assessment, census } = input;
  if (targetsOf(input).some(({ name }) => name === target)) return 'no written phase selects it';
  if (!census[target]) return 'it could not be read what it serves';
  const front = askedOf(input).find(({ name }) => name === target)?.behind;
  if (front !== undefined) return `it stands behind ${front}, which is not taken back here`;
  const serves = weightOf(census[target], assessment.fromRevision) > 0;
  return serves ? 'not asked for' : `${assessment.fromRevision} does not serve there`;
}

function whyFirst(affected: ServicePolicy['targets']): string {
  const names = new Intl.ListFormat('en').format(affected.map(({ name }) => name));
  return `${names} ${affected.length === 1 ? 'goes' : 'go'} first, because the failures are there`;
}

function whyMerged({ timing }: ServicePolicy): string {
  return `phases are merged, so that full relief is near ${Math.round(timing.reliefWithinMs / 60_000)} min`;
}

function toPhase(draft: PhaseDraft, index: number, input: PlanInput): Phase {
  return {
    index,
    name: draft.name ?? nameOf(draft.weights, (target) => input.census[target]?.units),
    weights: draft.weights,
    gate: gateOf(draft, index, input),
    noControl: draft.weights.every((planned) => planned.weight === 100),
    because: draft.because,
  };
}

/**
 * Whoever started by hand, asked for everything at once or chose mode `auto` has agreed to the first phase; where nothing
 * is left to move there is nothing to agree to.
 */
function gateOf(draft: PhaseDraft, index: number, input: PlanInput): Phase['gate'] {
  const { request, atOnce } = input;
  if (atOnce || draft.nothingLeft) return 'automatic';
  const asks = index === 0 && request.mode !== 'auto' && request.trigger.kind === 'alert';
  return asks || draft.gate === 'approval' ? 'approval' : 'automatic';
}
