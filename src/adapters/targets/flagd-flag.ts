import { z } from 'zod';
import type { Objection } from '../../domain/plan/objection';
import type { RevisionReading } from '../../domain/plan/census';
import { RECORD_KEY, revisionNamed } from './flag-effect';

/** The largest sum of weights that flagd takes. */
const MOST_WEIGHT = 2_147_483_647;
const WHOLE = 100;

const bucketSchema = z.union([
  z.tuple([z.string()]).transform(([variant]) => ({ variant, weight: 1 })),
  // flagd takes a weight below zero for none.
  z.tuple([z.string(), z.int()]).transform(([variant, weight]) => ({ variant, weight: Math.max(0, weight) })),
]);

const flagSchema = z.object({
  state: z.enum(['ENABLED', 'DISABLED']),
  variants: z.record(z.string().min(1), z.unknown()),
  defaultVariant: z.string().nullish(),
  targeting: z.record(z.string(), z.unknown()).nullish(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

type RawFlag = z.infer<typeof flagSchema>;
type Bucket = z.infer<typeof bucketSchema>;

/** A flag whose variants are told apart by shares alone. */
export interface Flag {
  readonly variants: readonly string[];
  readonly defaultVariant?: string;
  /** What users are told apart by, where the flag says it; the targeting key otherwise. */
  readonly bucketBy?: unknown;
  readonly buckets: readonly Bucket[];
  readonly metadata: RawFlag['metadata'];
}

/** What a flag says, or why it cannot be read as shares and what to do about it. */
export function readFlag(raw: unknown): Flag | { readonly problem: string } {
  const parsed = flagSchema.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'cannot be read'}` };
  }
  const { state, variants, defaultVariant, targeting, metadata } = parsed.data;
  if (state === 'DISABLED')
    return {
      problem: 'state is DISABLED, so that the code decides what is served: enable it, with the shares that count',
    };
  const split = readTargeting(targeting ?? {});
  if ('problem' in split) return split;
  const names = Object.keys(variants);
  const served = [...split.buckets.map(({ variant }) => variant), ...(defaultVariant ? [defaultVariant] : [])];
  const missing = served.find((variant) => !names.includes(variant));
  if (missing !== undefined) return { problem: `"${missing}" is served and not among its variants: add it there` };
  if (totalOf(split.buckets) === 0 && !defaultVariant)
    return { problem: 'it has neither a defaultVariant nor weights, so that the code decides: set one of them' };
  const flag = { variants: names, defaultVariant: defaultVariant ?? undefined, ...split, metadata };
  const revisions = names.map((variant) => revisionNamed(flag.metadata, variant));
  const twice = revisions.find((revision, at) => revisions.indexOf(revision) !== at);
  return twice === undefined ? flag : { problem: `two of its variants are revision ${twice}: see its metadata` };
}

function readTargeting(
  targeting: Readonly<Record<string, unknown>>,
): Pick<Flag, 'bucketBy' | 'buckets'> | { readonly problem: string } {
  const [rule, ...others] = Object.keys(targeting);
  if (rule === undefined) return { buckets: [] };
  const { fractional } = targeting;
  if (others.length > 0 || !Array.isArray(fractional))
    return {
      problem: `targeting is by "${rule}", and only a plain "fractional" has shares: move the rule to a flag of its own`,
    };
  const [first, ...rest]: unknown[] = fractional;
  const told = Array.isArray(first) ? { entries: [first, ...rest] } : { bucketBy: first, entries: rest };
  if ('bucketBy' in told && (typeof told.bucketBy !== 'object' || told.bucketBy === null))
    return { problem: 'fractional puts everybody into one bucket: let it begin with what tells users apart' };
  const buckets = z.array(bucketSchema).safeParse(told.entries);
  if (!buckets.success)
    return { problem: 'fractional holds more than names of variants with whole weights: write them as such' };
  return { ...('bucketBy' in told ? { bucketBy: told.bucketBy } : {}), buckets: buckets.data };
}

/** The variant that stands for the revision. */
export function variantOf(flag: Flag, revision: string): string | undefined {
  return flag.variants.find((variant) => revisionNamed(flag.metadata, variant) === revision);
}

/** Percent of those with a targeting key who get the variant. */
export function shareOf({ buckets, defaultVariant }: Flag, variant: string): number {
  const total = totalOf(buckets);
  if (total === 0) return variant === defaultVariant ? WHOLE : 0;
  return (totalOf(buckets.filter((bucket) => bucket.variant === variant)) * WHOLE) / total;
}

/** Every variant as a revision. The code of all of them is in every instance, so all of them are ready for everything. */
export function revisionsOf(flag: Flag): readonly RevisionReading[] {
  return flag.variants.map((variant) => {
    const revision = revisionNamed(flag.metadata, variant);
    const known = revision === variant ? {} : { knownAs: [variant] };
    return { revision, weight: shareOf(flag, variant), readyCapacity: WHOLE, readyInstances: 1, ...known };
  });
}

/** The buckets in which `to` has that percent at the cost of `from` alone; or why there are none that keep users in place. */
export function movedBuckets(
  flag: Flag,
  { from, to }: { readonly from: string; readonly to: string },
  desired: number,
): readonly Bucket[] | Objection {
  const shared = shareOf(flag, from) + shareOf(flag, to);
  if (desired > shared + 0.01)
    return {
      code: 'THIRD_REVISION',
      detail: `only ${Math.round(shared)} % is on ${from} and ${to} together: take back the share of the others first`,
    };
  const buckets = withBoth(flag.buckets, from, to);
  const places = buckets.flatMap(({ variant }, at) => (variant === from || variant === to ? [at] : []));
  const [first = 0, second = 0, third] = places;
  if (third !== undefined || totalOf(buckets.slice(first + 1, second)) > 0)
    return {
      code: 'UNSUPPORTED_SHAPE',
      detail: `the buckets of ${from} and ${to} are not beside each other, so that others would be moved too: put them so`,
    };
  const total = totalOf(buckets) || WHOLE;
  const scale = scaleOf(total, desired);
  const wanted = Math.round((desired * total * scale) / WHOLE);
  const both = Math.round((shared * total * scale) / WHOLE);
  return buckets.map(({ variant, weight }) => {
    if (variant === to) return { variant, weight: Math.min(wanted, both) };
    if (variant === from) return { variant, weight: Math.max(0, both - wanted) };
    return { variant, weight: weight * scale };
  });
}

/** Only the border between two neighbours moves, so that nobody changes who is not meant to. */
function withBoth(buckets: readonly Bucket[], from: string, to: string): readonly Bucket[] {
  const none = (variant: string): Bucket => ({ variant, weight: 0 });
  const has = (variant: string): boolean => buckets.some((bucket) => bucket.variant === variant);
  if (totalOf(buckets) === 0) return [none(from), none(to)];
  if (has(from) && has(to)) return buckets;
  const [there, absent] = has(from) ? [from, to] : [to, from];
  return buckets.flatMap((bucket) => (bucket.variant === there ? [bucket, none(absent)] : [bucket]));
}

/** Weights are whole; multiplied alike they say the same. */
function scaleOf(total: number, desired: number): number {
  const scales = [1, 10, 100, 1_000, 10_000].filter((scale) => total * scale <= MOST_WEIGHT);
  const whole = scales.find((scale) => {
    const weight = (desired * total * scale) / WHOLE;
    return Math.abs(weight - Math.round(weight)) < 1e-6;
  });
  return whole ?? scales.at(-1) ?? 1;
}

function totalOf(buckets: readonly Bucket[]): number {
  return buckets.reduce((sum, { weight }) => sum + weight, 0);
}

/** The flag's text with other buckets; everything that is not named stays as it is. */
export function writeFlag(
  raw: Readonly<Record<string, unknown>>,
  flag: Flag,
  change: { readonly buckets: readonly Bucket[]; readonly defaultVariant?: string; readonly record: string },
): Readonly<Record<string, unknown>> {
  const entries = change.buckets.map(({ variant, weight }) => [variant, weight]);
  const fractional = flag.bucketBy === undefined ? entries : [flag.bucketBy, ...entries];
  return {
    ...raw,
    ...(change.defaultVariant === undefined ? {} : { defaultVariant: change.defaultVariant }),
    ...(entries.length > 0 ? { targeting: { fractional } } : {}),
    metadata: { ...flag.metadata, [RECORD_KEY]: change.record },
  };
}
