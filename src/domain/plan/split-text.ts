import { grouped, percent } from '../judge/numbers';
import { addCounts } from '../judge/increments';
import type { CohortCounts } from '../judge/verdict';
import type { Slice, Split } from './split';

const MOST_NAMED = 3;
const MINUTE_MS = 60_000;

/** What a split shows, in one sentence with its counts; the values of labels are as others wrote them. */
export function splitText(split: Split): string {
  switch (split.kind) {
    case 'unsplit':
      return `could not be split by ${split.label}: ${split.because}`;
    case 'split':
      return `${findingText(split)}${comparedText(split)}, counted ${spanText(split)}`;
  }
}

type Told = Extract<Split, { readonly kind: 'split' }>;

/** `over 6 min`; or since when, where a source knows no other time. */
export function spanText({ windowMs }: Pick<Told, 'windowMs'>): string {
  if (windowMs === undefined) return 'since its processes began';
  return windowMs < 2 * MINUTE_MS
    ? `over ${Math.round(windowMs / 1_000)} s`
    : `over ${Math.round(windowMs / MINUTE_MS)} min`;
}

/** What people read for a value; what has none of the label has no name either. */
export function valueText(value: string): string {
  return value === '' ? '(none)' : value;
}

function findingText(split: Told): string {
  const { label, of, all, slices, values } = split;
  switch (split.finding) {
    case 'worse': {
      const worse = slices.filter(({ standing }) => standing === 'worse');
      const own = addCounts(worse.map(({ current }) => current));
      const share = percent(own.bad / all.bad);
      return `${share} of the ${of} are in ${label} ${named(worse)} against ${ratio(without(all, own))} elsewhere`;
    }
    case 'better': {
      const better = slices.filter(({ standing }) => standing === 'better');
      const own = addCounts(better.map(({ current }) => current));
      return `${of} everywhere but in ${label} ${named(better)} against ${ratio(without(all, own))} elsewhere`;
    }
    case 'alike':
      return `no ${label} is proven to be worse than the others (${of} most in ${slices[0] ? sliceText(slices[0]) : 'none'})`;
    case 'thin':
      return `${grouped(all.bad)} ${of} are too few to tell the ${grouped(values)} values of ${label} apart`;
    case 'nothing-failed':
      return `no ${of} among ${grouped(all.requests)} requests, so nothing to split by ${label}`;
  }
}

function comparedText({ values, compared, label, of }: Told): string {
  return compared < values
    ? `; of ${grouped(values)} values of ${label} the ${grouped(compared)} with most ${of} were compared`
    : '';
}

function named(slices: readonly Slice[]): string {
  const first = slices.slice(0, MOST_NAMED).map(sliceText);
  const more = slices.length - first.length;
  return new Intl.ListFormat('en').format(more > 0 ? [...first, `${grouped(more)} more`] : first);
}

/** A value with what the suspect failed of its requests. */
export function sliceText({ value, current }: Slice): string {
  return `${valueText(value)} (${ratio(current)})`;
}

function ratio({ requests, bad }: CohortCounts): string {
  return requests > 0 ? `${percent(bad / requests)} of ${grouped(requests)} requests` : 'no requests';
}

function without(all: CohortCounts, part: CohortCounts): CohortCounts {
  return { requests: all.requests - part.requests, bad: all.bad - part.bad };
}
