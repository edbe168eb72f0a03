import { z } from 'zod';
import { TerminalError } from '../../ports';
import type { GraphiteSeries } from './graphite-api';

/** What Graphite takes, less what would end the text of a question; a value that begins with ~ would be a pattern. */
const KEY = /^[^;!^=~'"\\\s]+$/;
const VALUE = /^(?!~)[ -!#-&(-:<-[\]-~]+$/;
const VALUE_RULE = 'printable ASCII but ; " \' and \\, and no ~ at the beginning';

/** The name of a tag. */
export const tagKeyField = z.string().regex(KEY, 'must be the name of a tag: no ; ! ^ = ~, quote, backslash or space');
const tagValueField = z.string().regex(VALUE, `must be ${VALUE_RULE}`);

/** Tagged series, by their name and tags with exact values. */
export const taggedField = z.strictObject({
  name: tagValueField.describe('name of tagged series'),
  tags: z.record(tagKeyField, tagValueField).default({}).describe('tags with exact values'),
});

/** Which tagged series are wanted. */
export type TaggedSeries = z.infer<typeof taggedField>;

/** Which tags tell revisions and targets apart. */
interface TagNames {
  readonly revisionLabel: string;
  readonly targetLabel?: string | undefined;
}

/**
 * The tags that series of a revision on a target have, `name` among them. Throws `METRICS_MISCONFIGURED` for one that cannot
 * be the value of a tag.
 */
export function tagsFor(
  { name, tags }: TaggedSeries,
  { revisionLabel, targetLabel }: TagNames,
  { revision, target }: { readonly revision: string; readonly target: string },
): Readonly<Record<string, string>> {
  return {
    name,
    ...tags,
    [revisionLabel]: taken('revision', revision),
    ...(targetLabel === undefined ? {} : { [targetLabel]: taken('target', target) }),
  };
}

/** What to ask for: every series that has these tags, whatever others it has. */
export function expressionOf(tags: Readonly<Record<string, string>>): string {
  return `seriesByTag(${Object.entries(tags)
    .map(([key, value]) => `'${key}=${value}'`)
    .join(',')})`;
}

/** The tags of a series besides its name; undefined where it lacks one of those that were asked for. */
export function othersOf(
  { tags }: GraphiteSeries,
  asked: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const { name: _, ...others } = tags;
  return Object.entries(asked).every(([key, value]) => tags[key] === value) ? others : undefined;
}

function taken(what: 'revision' | 'target', value: string): string {
  if (VALUE.test(value)) return value;
  throw new TerminalError(
    'METRICS_MISCONFIGURED',
    `the ${what} "${value}" cannot be the value of a tag of Graphite: ${VALUE_RULE}`,
  );
}
