import type { Pace, TargetPolicy } from '../policy/policy';
import type { PlannedWeight } from './plan';

/** A phase before it is numbered and gated. */
export interface PhaseDraft {
  readonly name: string;
  readonly weights: readonly PlannedWeight[];
  readonly gate: 'approval' | 'automatic';
  readonly because: string;
}

type Targets = readonly TargetPolicy[];

const FIRST_SHARE = 25;
const SURGICAL_STEPS = [5, 25, 50, 100];

/** The phases of a pace over the targets, in the policy's order; `atOnce` is one phase of everything. */
export function draftsFor(pace: Pace, targets: Targets, atOnce: boolean): readonly PhaseDraft[] {
  if (atOnce) return [draft(targets, 100, 'everything at once, as asked')];
  switch (pace) {
    case 'surgical':
      return targets.flatMap((target, index) => surgical(target, isNewRegion(targets, index)));
    case 'balanced':
      return balanced(targets);
    case 'express':
      return express(targets);
  }
}

function surgical(target: TargetPolicy, newRegion: boolean): readonly PhaseDraft[] {
  return SURGICAL_STEPS.map((weight, step) => ({
    ...draft(
      [target],
      weight,
      step === 0 ? 'surgical pace: the smallest share first' : 'surgical pace: widen in small steps',
    ),
    gate: newRegion && step === 0 ? ('approval' as const) : ('automatic' as const),
  }));
}

function isNewRegion(targets: Targets, index: number): boolean {
  if (index === 0) return false;
  const region = targets[index]?.labels.region;
  return !targets.slice(0, index).some((earlier) => earlier.labels.region === region);
}

function balanced([first, second, ...rest]: Targets): readonly PhaseDraft[] {
  if (!first) return [];
  const one = [
    draft([first], FIRST_SHARE, 'the smallest telling share'),
    draft([first], 100, 'all of it, once the share has helped'),
  ];
  if (!second) return one;
  const two = draft([second], 50, 'one more target, at half: is it the same there?');
  return [
    ...one,
    two,
    ...thirds([second, ...rest]).map((group) => draft(group, 100, 'the rest, at most a third of it at a time')),
  ];
}

/** The target that is at half already goes first; groups are at most a third of the rest, and at least one target. */
function thirds(targets: Targets): readonly Targets[] {
  const size = Math.max(1, Math.floor(targets.length / 3));
  const groups: Targets[] = [];
  for (let at = 0; at < targets.length; at += size) groups.push(targets.slice(at, at + size));
  return groups;
}

function express(targets: Targets): readonly PhaseDraft[] {
  const [first] = targets;
  if (!first) return [];
  return [
    draft([first], FIRST_SHARE, 'express pace: one share to see that it helps'),
    draft(targets, 100, 'express pace: then everything'),
  ];
}

function draft(targets: Targets, weight: number, because: string): PhaseDraft {
  const names = targets.map((target) => target.name);
  return {
    name: `${names.join(' and ')} ${weight} %`,
    weights: names.map((target) => ({ target, weight })),
    gate: 'automatic',
    because,
  };
}
