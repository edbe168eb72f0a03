import { phaseProblems } from '../domain/plan';
import type { TargetPolicy } from '../domain/policy/policy';
import { DEFAULTS } from './defaults';
import { listOf, memberOf } from './policy-text';
import type { PolicyText } from './policy-text';
import type { ConfigProblem } from './problem';
import { ownKeys, phaseEntry, timingEntry } from './schema';

type Path = readonly PropertyKey[];

/** What no single value shows: names that are used twice, phases that do not fit, times that cannot work together. */
export function crossChecks(text: PolicyText, at: Path): readonly ConfigProblem[] {
  const entry = text.valueAt(at);
  return [
    ...unnamed(text, at, entry),
    ...twice(text, at, 'targets', listOf(entry, 'targets').map(nameOf)),
    ...twice(text, at, 'metrics', listOf(entry, 'metrics').map(metricNameOf)),
    ...phases(text, at, entry),
    ...times(text, at, entry),
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

/** Phases are weighed only where they and the targets can be read; else their own problems are told first. */
function phases(text: PolicyText, at: Path, entry: unknown): readonly ConfigProblem[] {
  const targets = ownKeys.targets.array().safeParse(listOf(entry, 'targets'));
  const written = phaseEntry.array().safeParse(listOf(entry, 'phases'));
  if (!targets.success || !written.success) return [];
  const labelled = targets.data.map(({ name = '', labels }): TargetPolicy => ({
    name,
    labels,
    adapter: { type: 'none' },
  }));
  return phaseProblems(written.data, labelled).map(({ index, message }) =>
    text.problem([...at, 'phases', index], message),
  );
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
