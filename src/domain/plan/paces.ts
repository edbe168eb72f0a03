import type { Pace, TargetPolicy } from '../policy/policy';
import type { PlannedWeight } from './plan';

/** A phase before it is numbered and gated. */
export interface PhaseDraft {
  /** Given in the policy; else it is named after its weights. */
  readonly name?: string;
  readonly weights: readonly PlannedWeight[];
  readonly gate: 'approval' | 'automatic';
  readonly because: string;
}

type Targets = readonly TargetPolicy[];

const SURGICAL_STEPS = [5, 25, 50, 100];

/** One phase of everything. */
export function everythingAtOnce(targets: Targets): readonly PhaseDraft[] {
  return [draft(targets, 100, 'everything at once, as asked')];
}

/** The phases of a pace over the targets, in the policy's order; `firstShare` is in percent. */
export function draftsFor(pace: Pace, targets: Targets, firstShare: number): readonly PhaseDraft[] {
  switch (pace) {
    case 'surgical':
      return targets.flatMap((target, index) => surgical(target, newRegion(targets, index)));
    case 'balanced':
      return balanced(targets, firstShare);
    case 'express':
      return express(targets, firstShare);
  }
}

function surgical(target: TargetPolicy, region: string | undefined): readonly PhaseDraft[] {
  return SURGICAL_STEPS.map((weight, step) => {
    if (step > 0) return draft([target], weight, `widen ${target.name} in small steps`);
    if (region === undefined) return draft([target], weight, `the smallest share of ${target.name} first`);
    return {
      ...draft([target], weight, `the smallest share first; ${region} is a new region, so a person says when`),
      gate: 'approval',
    };
  });
}

/** The region that begins with this target; undefined at the very first target and where a region goes on. */
function newRegion(targets: Targets, index: number): string | undefined {
  const region = targets[index]?.labels.region;
  if (index === 0 || region === undefined) return undefined;
  return targets.slice(0, index).some((earlier) => earlier.labels.region === region) ? undefined : region;
}

function balanced(targets: Targets, firstShare: number): readonly PhaseDraft[] {
  const [first, second] = targets;
  if (!first) return [];
  const one = [
    draft([first], firstShare, 'the smallest telling share'),
    draft([first], 100, `all of ${first.name}, once the share has helped`),
  ];
  if (!second) return one;
  return [
    ...one,
    draft([second], 50, 'one more target at half: is it the same there?'),
    ...thirds(targets).map((group) => draft(group, 100, 'the rest, at most a third of the targets at a time')),
  ];
}

/** All but the first target, in groups of at most a third of all; without knowledge of traffic, by count. */
function thirds(targets: Targets): readonly Targets[] {
  const size = Math.max(1, Math.floor(targets.length / 3));
  const groups: Targets[] = [];
  for (let at = 1; at < targets.length; at += size) groups.push(targets.slice(at, at + size));
  return groups;
}

function express(targets: Targets, firstShare: number): readonly PhaseDraft[] {
  const [first] = targets;
  if (!first) return [];
  return [
    draft([first], firstShare, 'one share to see that it helps'),
    draft(targets, 100, 'express: then everything'),
  ];
}

function draft(targets: Targets, weight: number, because: string): PhaseDraft {
  const weights = targets.map((target) => ({ target: target.name, weight }));
  return { weights, gate: 'automatic', because };
}
