import type { Pace, TargetPolicy } from '../policy/policy';
import type { PlannedWeight } from './plan';
import type { FirstShare } from './traffic';

/** A phase before it is numbered and gated. */
export interface PhaseDraft {
  /** Given in the policy; else it is named after its weights. */
  readonly name?: string;
  readonly weights: readonly PlannedWeight[];
  readonly gate: 'approval' | 'automatic';
  /** True where everything serves already what is planned, and only a proof of it is wanted. */
  readonly nothingLeft?: true;
  readonly because: string;
}

type Targets = readonly TargetPolicy[];

/** What the phases of a pace are drawn from. */
export interface PaceInput {
  /** In the policy's order. */
  readonly targets: Targets;
  readonly first: FirstShare;
  /** Each target's part of the traffic, 0 to 1. */
  readonly parts: ReadonlyMap<string, number>;
}

const SURGICAL_STEPS = [5, 25, 50, 100];
/** Parts are sums of fractions, so a whole third may come out a little above itself. */
const THIRD = 1 / 3 + 1e-9;

/** One phase of everything. */
export function everythingAtOnce(targets: Targets): readonly PhaseDraft[] {
  return [draft(targets, 100, 'everything at once, as asked')];
}

/** One phase of what stands behind other targets, which have sent it its last request by then; none where nothing does. */
export function behindThem(targets: Targets): readonly PhaseDraft[] {
  if (targets.length === 0) return [];
  const fronts = new Intl.ListFormat('en').format([...new Set(targets.flatMap(({ behind }) => behind ?? []))]);
  return [draft(targets, 100, `what stands behind ${fronts} goes back last`)];
}

/** The phases of a pace over the targets, in the policy's order. */
export function draftsFor(pace: Pace, input: PaceInput): readonly PhaseDraft[] {
  const { targets } = input;
  switch (pace) {
    case 'surgical':
      return targets.flatMap((target, index) => surgical(target, newRegion(targets, index)));
    case 'balanced':
      return balanced(input);
    case 'express':
      return express(input);
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

function balanced({ targets, first: share, parts }: PaceInput): readonly PhaseDraft[] {
  const [first, second] = targets;
  if (!first) return [];
  const one = [
    draft([first], share.share, share.because),
    draft([first], 100, `all of ${first.name}, once the share has helped`),
  ];
  if (!second) return one;
  return [
    ...one,
    draft([second], 50, 'one more target at half: is it the same there?'),
    ...thirds(targets.slice(1), parts).map((group) =>
      draft(group, 100, 'the rest, at most a third of the traffic at a time'),
    ),
  ];
}

/** Groups of at most a third of all traffic, in order; a target that is more than that goes alone. */
function thirds(targets: Targets, parts: ReadonlyMap<string, number>): readonly Targets[] {
  const groups: { readonly targets: Targets; readonly part: number }[] = [];
  for (const target of targets) {
    const part = parts.get(target.name) ?? 0;
    const last = groups.at(-1);
    if (last && last.part + part <= THIRD) {
      groups[groups.length - 1] = { targets: [...last.targets, target], part: last.part + part };
    } else {
      groups.push({ targets: [target], part });
    }
  }
  return groups.map((group) => group.targets);
}

function express({ targets, first: share }: PaceInput): readonly PhaseDraft[] {
  const [first] = targets;
  if (!first) return [];
  return [draft([first], share.share, share.because), draft(targets, 100, 'express: then everything')];
}

function draft(targets: Targets, weight: number, because: string): PhaseDraft {
  const weights = targets.map((target) => ({ target: target.name, weight }));
  return { weights, gate: 'automatic', because };
}
