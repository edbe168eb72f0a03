import type { TargetPolicy } from '../policy/policy';
import type { Slice, Split } from './split';
import { sliceText } from './split-text';

type Targets = readonly TargetPolicy[];
type Splits = readonly Split[];
type Told = Extract<Split, { readonly kind: 'split' }>;

/** A smaller extent that would do, by what is proven. A proposal: nobody takes it up but a person. */
export interface NarrowerExtent {
  /** Labels that every target of it has. */
  readonly select: Readonly<Record<string, string>>;
  /** Names of the targets that it would leave on the suspect. */
  readonly leaves: readonly string[];
  readonly because: string;
}

/** The targets where the failures are, by labels that targets and metrics share; none where that tells nothing apart. */
export function affectedOf(targets: Targets, splits: Splits = []): Targets {
  const affected = targets.filter((target) => splits.some((split) => fails(target, split)));
  return affected.length < targets.length ? affected : [];
}

/**
 * The one label value that carries the failures, where each of the other targets is proven to keep the objective; what is
 * not proven healthy is never left out. Undefined otherwise.
 */
export function narrowerExtent(targets: Targets, splits: Splits = []): NarrowerExtent | undefined {
  for (const split of splits) {
    const worse = split.kind === 'split' ? split.slices.filter(({ standing }) => standing === 'worse') : [];
    const [only, ...more] = worse;
    if (split.kind !== 'split' || !only || more.length > 0) continue;
    const { label } = split;
    const others = targets.filter((target) => target.labels[label] !== only.value);
    const healthy = others.flatMap((target) => sliceOf(target, split) ?? []).filter((slice) => slice.keepsObjective);
    if (others.length === 0 || others.length === targets.length || healthy.length < others.length) continue;
    const kept = [...new Set(healthy)].map(sliceText);
    return {
      select: { [label]: only.value },
      leaves: others.map(({ name }) => name),
      because: `${new Intl.ListFormat('en').format(kept)} ${kept.length === 1 ? 'keeps' : 'keep'} the objective`,
    };
  }
  return undefined;
}

function fails(target: TargetPolicy, split: Split): boolean {
  if (split.kind === 'unsplit') return false;
  const standing = sliceOf(target, split)?.standing;
  switch (split.finding) {
    case 'worse':
      return standing === 'worse';
    case 'better':
      return standing === 'unproven';
    case 'alike':
    case 'thin':
    case 'nothing-failed':
      return false;
  }
}

function sliceOf({ labels }: TargetPolicy, { label, slices }: Told): Slice | undefined {
  return slices.find(({ value }) => value !== '' && value === labels[label]);
}
