import { countsTargetsTogether, lacksLabel, measuredBy } from '../adapters';
import { phaseProblems } from '../domain/plan';
import type { Cause } from '../domain/alert/alert';
import { guardrailsBeside, judgedMetrics, MOST_GUARDRAILS, symptomOf } from '../domain/policy/policy';
import { nearest } from '../domain/plan/nearest';
import type { TargetPolicy } from '../domain/policy/policy';
import { DEFAULTS } from './defaults';
import { listOf, memberOf } from './policy-text';
import type { PolicyText } from './policy-text';
import type { ConfigProblem } from './problem';
import { ownKeys, phaseEntry, timingEntry } from './schema';
import { countedTargets, isShort } from './short-metrics';

type Path = readonly PropertyKey[];

/** What no single value shows: names that are used twice, phases that do not fit, times that cannot work together. */
export function crossChecks(text: PolicyText, at: Path): readonly ConfigProblem[] {
  const entry = text.valueAt(at);
  return [
    ...unnamed(text, at, entry),
    ...twice(text, at, 'targets', listOf(entry, 'targets').map(nameOf)),
    ...twice(text, at, 'metrics', listOf(entry, 'metrics').map(metricNameOf)),
    ...measures(text, at, entry),
    ...guardrails(text, at, entry),
    ...together(text, at, entry),
    ...order(text, at, entry),
    ...phases(text, at, entry),
    ...times(text, at, entry),
    ...splits(text, at, entry),
  ];
}

function unnamed(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const targets = listOf(entry, 'targets');
  if (targets.length < 2) return [];
  return targets.flatMap((target, index) =>
    nameOf(target) === undefined
      ? [text.problem([...at, 'targets', index, 'name'], 'is missing; only a single target may go without a name')]
      : [],
  );
}

function twice(text: PolicyText, at: Path, list: string, names: readonly unknown[]): readonly ConfigProblem[] {
  return names.flatMap((name, index) =>
    name !== undefined && names.indexOf(name) < index
      ? [text.problem([...at, list, index, 'name'], `${JSON.stringify(name)} is used twice in ${list}`)]
      : [],
  );
}

function nameOf(entry: unknown): unknown {
  return memberOf(entry, 'name');
}

function metricNameOf(entry: unknown): unknown {
  return memberOf(entry, 'name') ?? memberOf(entry, 'kind') ?? DEFAULTS.metric.kind;
}

/** Limits that mean nothing for what is measured, and services of which nothing could show that going back helps. */
function measures(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const metrics = listOf(entry, 'metrics').map((metric) =>
    typeof metric === 'object' && metric !== null ? measuredBy({ ...metric }) : undefined,
  );
  const problems = metrics.flatMap((measured, index) => {
    const metric = listOf(entry, 'metrics')[index];
    const place = (key: string): Path => [...at, 'metrics', index, key];
    const has = (key: string): boolean => memberOf(metric, key) !== undefined;
    if (has('threshold') && measured !== 'gauge' && measured !== 'events')
      return [text.problem(place('threshold'), 'is for a gauge or events; a share of requests has an "objective"')];
    if (has('margin') && measured !== 'gauge') return [text.problem(place('margin'), marginOf(measured))];
    if (measured === 'gauge' && has('threshold') && !has('margin') && memberOf(metric, 'critical') === true)
      return [text.problem(place('critical'), WEIGHTLESS)];
    if (!has('objective') || measured === undefined) return [];
    if (measured === 'buckets')
      return [
        text.problem(place('objective'), 'needs "boundSeconds": a share of slow requests, but slower than what?'),
      ];
    return [text.problem(place('objective'), `is a share of requests, which ${measured} has none of; use "threshold"`)];
  });
  const blind = metrics.length > 0 && metrics.every((measured) => measured === 'gauge' || measured === 'events');
  const message = 'have nothing with requests, so nothing could show that going back helps; add "requests" and "bad"';
  return blind ? [...problems, text.problem([...at, 'metrics'], message)] : problems;
}

const WEIGHTLESS =
  'says nothing beside "threshold", which stops a phase whatever else is measured, and so has no weight among the others; ' +
  'leave it out, or add a "margin", by which stable is compared with the suspect as well';

/** What something else than a gauge has instead of a margin of its own. */
function marginOf(measured: 'buckets' | 'events' | undefined): string {
  return measured === 'events'
    ? 'is for a gauge; events have a "threshold", so many an hour on top of what the suspect has'
    : 'is for a gauge; shares of requests have the "margins" of their service';
}

const CAUSES = ['errors', 'latency', 'saturation'] as const satisfies readonly Cause[];

/** More guardrails than can be judged at once, whatever a rollback is for. */
function guardrails(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const metrics = listOf(entry, 'metrics').flatMap((metric) => {
    if (typeof metric !== 'object' || metric === null) return [];
    const { kind } = ownKeys.metrics.safeParse(metric).data ?? {};
    const measures = measuredBy({ ...metric });
    const name = String(metricNameOf(metric));
    return [
      { name, kind: kind ?? DEFAULTS.metric.kind, provider: { type: 'none' }, ...(measures ? { measures } : {}) },
    ];
  });
  const [worst] = CAUSES.map((cause) => {
    const judged = judgedMetrics({ metrics }, cause);
    // Without a metric of the cause nothing is compared but harm.
    const compared = symptomOf({ metrics }, cause) !== undefined;
    return { cause, ...judged, count: (compared ? guardrailsBeside(judged) : judged.guardrails).length };
  }).toSorted((a, b) => b.count - a.count);
  if (!worst || worst.count <= MOST_GUARDRAILS) return [];
  const isOwn = worst.count > worst.guardrails.length;
  const own = isOwn ? `, ${worst.symptom?.name ?? ''} itself among them: with "boundSeconds" it is none` : '';
  const message =
    `holds ${metrics.length}: in a rollback for ${worst.cause} that makes ${worst.count} guardrails${own}. Beside more than ` +
    `${MOST_GUARDRAILS} nothing is proven in time; leave out the least telling, or count what belongs together as one`;
  return [text.problem([...at, 'metrics'], message)];
}

/** A target stands behind one that goes back before it, and that stands behind none itself. */
function order(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const targets = listOf(entry, 'targets');
  return targets.flatMap((target, index) => {
    const front = memberOf(target, 'behind');
    if (typeof front !== 'string') return [];
    const fronts = targets.slice(0, index).filter((other) => memberOf(other, 'behind') === undefined);
    const names = fronts.flatMap((other) => nameOf(other) ?? []).map(String);
    if (names.includes(front)) return [];
    const meant = nearest(front, names);
    const instead = meant === undefined ? names.join(', ') || 'none' : `did you mean "${meant}"?`;
    const message = `names no target that stands before this one in the list and is behind no other: ${instead}`;
    return [text.problem([...at, 'targets', index, 'behind'], message)];
  });
}

/** What is counted of all targets at once would be judged as what happened on each of them. */
function together(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const targets = countedTargets(entry);
  if (targets.length < 2) return [];
  const names = new Intl.ListFormat('en').format(targets.map((target) => String(nameOf(target))));
  const message = `is missing: it names the label whose values are ${names}, which nothing else tells apart`;
  return listOf(entry, 'metrics').flatMap((metric, index) =>
    typeof metric === 'object' && metric !== null && countsTargetsTogether({ ...metric })
      ? [text.problem([...at, 'metrics', index, 'targetLabel'], message)]
      : [],
  );
}

/** Phases are weighed only where they and the targets can be read; else their own problems are told first. */
function phases(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const targets = ownKeys.targets.array().safeParse(listOf(entry, 'targets'));
  const written = phaseEntry.array().safeParse(listOf(entry, 'phases'));
  if (!targets.success || !written.success) return [];
  const labelled = targets.data.map(({ name = '', labels, behind }): TargetPolicy => ({
    name,
    labels,
    adapter: { type: 'none' },
    ...(behind === undefined ? {} : { behind }),
  }));
  return phaseProblems(written.data, labelled).map(({ index, message }) =>
    text.problem([...at, 'phases', index], message),
  );
}

/** Failures that nothing counts, or that have no such label wherever they are counted, cannot be told apart. */
function splits(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const assess = memberOf(entry, 'assess');
  if (assess === undefined) return [];
  if (listOf(entry, 'metrics').length === 0 && !isShort(memberOf(entry, 'metrics')))
    return [text.problem([...at, 'assess'], 'splits the failures of a metric, and there is none; add "metrics"')];
  const counting = listOf(entry, 'metrics').flatMap((metric) => {
    const written = typeof metric === 'object' && metric !== null ? { ...metric } : {};
    return ['gauge', 'events'].includes(measuredBy(written) ?? '') ? [] : [written];
  });
  return (['splitBy', 'classes'] as const).flatMap((key) =>
    listOf(assess, key).flatMap((label, index) => {
      const needs = counting.map((metric) => lacksLabel(metric, String(label)));
      const [need] = needs;
      if (need === undefined || needs.includes(undefined)) return [];
      // Which classes failures have no target knows.
      if (key === 'splitBy' && countedTargets(entry).every((target) => hasLabel(target, String(label)))) return [];
      const instead = key === 'splitBy' ? ', or the label on every target' : '';
      return [text.problem([...at, 'assess', key, index], `is a label that no metric has; it needs ${need}${instead}`)];
    }),
  );
}

function hasLabel(target: unknown, label: string): boolean {
  return memberOf(memberOf(target, 'labels'), label) !== undefined;
}

function times(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const timing = timingEntry.safeParse(memberOf(entry, 'timing') ?? {});
  if (!timing.success) return [];
  const { settle = DEFAULTS.timing.settleMs, interval = DEFAULTS.timing.intervalMs } = timing.data;
  const { longestBake = DEFAULTS.timing.longestBakeMs } = timing.data;
  if (longestBake > settle + interval) return [];
  const message = 'longestBake must be longer than settle and an interval together, or nothing could ever be judged';
  const given = (['longestBake', 'settle', 'interval'] as const).find((key) => key in timing.data) ?? 'longestBake';
  return [text.problem([...at, 'timing', given], message)];
}
