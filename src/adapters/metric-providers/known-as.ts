import type { MetricQuery } from '../../ports';

type Labels = Readonly<Record<string, string>>;

/** Every value of the label of revisions by which these are known on any target. */
export function namesOf({ knownAs = {} }: MetricQuery, revisions: readonly string[]): readonly string[] {
  const others = Object.values(knownAs).flatMap((names) => revisions.flatMap((revision) => names[revision] ?? []));
  return [...new Set([...revisions, ...others])];
}

/** The same series or lines of a target, those of a revision under its own name whatever they are called there. */
export function underTheirRevisions<Each extends { readonly labels: Labels }>(
  { revisionLabel }: { readonly revisionLabel: string },
  { knownAs }: MetricQuery,
  target: string,
  each: readonly Each[],
): readonly Each[] {
  const revisionOf = new Map(
    Object.entries(knownAs?.[target] ?? {}).flatMap(([revision, names]) => names.map((name) => [name, revision])),
  );
  if (revisionOf.size === 0) return each;
  return each.map((one) => {
    const revision = revisionOf.get(one.labels[revisionLabel] ?? '');
    return revision === undefined ? one : { ...one, labels: { ...one.labels, [revisionLabel]: revision } };
  });
}
