import type { CohortCounts } from '../judge/verdict';
import { MIN_REQUESTS } from '../judge/settings';
import { addCounts } from '../judge/increments';
import type { Incident } from './incident';
import type { TracedCounts, TracedInterval } from './trace';

/** Counts of an interval that ended at `at`, epoch milliseconds, and was `spanMs` long. */
export interface TimedCounts extends CohortCounts {
  readonly at: number;
  readonly spanMs: number;
}

/** What a metric store remembers of one metric on one target, of each revision, oldest first. */
export interface RememberedMetric {
  readonly current: readonly TimedCounts[];
  /** Nothing where the revision did not serve, or is not known. */
  readonly stable: readonly TimedCounts[];
}

/** What it remembers of one target. Guardrails by name. */
export interface RememberedTarget {
  readonly target: string;
  readonly symptom: RememberedMetric;
  readonly guardrails: Readonly<Record<string, RememberedMetric>>;
}

/** The window in epoch milliseconds, and how it is to be read. Ratios are 0 to 1. */
export interface PastWindow {
  readonly from: number;
  readonly to: number;
  readonly intervalMs: number;
  /** What the old revision is taken to fail where it did not serve in the window. */
  readonly oldFails: number;
}

/** A window as an incident that can be played. */
export interface PastIncident {
  readonly incident: Incident;
  /** Of each interval; longer than asked for where the store measures less often. */
  readonly intervalMs: number;
  /** Intervals from the suspect's first request to its last, and how many of them show nothing of it. */
  readonly intervals: number;
  readonly unmeasured: number;
  /** What the old revision failed before the suspect came, where the window shows that. */
  readonly baseline?: number;
  /** Whether the window shows the old revision; else what it fails is taken, not read. */
  readonly oldSeen: boolean;
  /** Guardrails that it shows of the old revision; of the others it is taken to be like the suspect. */
  readonly guardedOld: readonly string[];
  /** Targets on which the suspect had no request. */
  readonly unserved: readonly string[];
}

/** Why a window cannot be played. */
export type UnplayablePast = { readonly kind: 'empty' } | { readonly kind: 'short'; readonly intervals: number };

/** Fewer intervals tell nothing of how failures come. */
export const FEWEST_INTERVALS = 12;

/**
 * Lays what a store remembers on intervals of one length: counts belong to the interval in which they were read, and one
 * in which nothing was read is a gap, never a zero. The trace lasts from the suspect's first request to its last.
 */
export function pastIncident(
  remembered: readonly RememberedTarget[],
  window: PastWindow,
): { readonly kind: 'past'; readonly past: PastIncident } | UnplayablePast {
  const intervalMs = Math.max(window.intervalMs, usualSpan(remembered));
  const cells = Math.ceil((window.to - window.from) / intervalMs);
  const grid = { from: window.from, intervalMs, cells };
  const laid = remembered.map(({ target, symptom, guardrails }) => ({
    target,
    cells: cellsOf(symptom, guardrails, grid),
  }));
  const served = laid.filter(({ cells: each }) => each.some(isServed));
  const indices = served.flatMap(({ cells: each }) => [each.findIndex(isServed), each.findLastIndex(isServed)]);
  if (served.length === 0) return { kind: 'empty' };
  const [first, last] = [Math.min(...indices), Math.max(...indices)];
  const measured = served.map(({ cells: each }) => each.slice(first, last + 1).filter(isServed).length);
  if (Math.max(...measured) < FEWEST_INTERVALS) return { kind: 'short', intervals: Math.max(...measured) };
  return {
    kind: 'past',
    past: {
      ...incidentOf(served, { ...grid, first, last }, window.oldFails),
      unserved: laid.filter((each) => !served.includes(each)).map(({ target }) => target),
    },
  };
}

/** What a target had in one interval; a cohort that was not measured is missing. */
interface Cell {
  readonly current?: TracedCounts;
  readonly stable?: TracedCounts;
}

interface LaidTarget {
  readonly target: string;
  readonly cells: readonly Cell[];
}

interface Grid {
  readonly from: number;
  readonly intervalMs: number;
  readonly cells: number;
}

function isServed({ current }: Cell): boolean {
  return current !== undefined && current.requests > 0;
}

/** The middle length of an interval, which is the store's own where that is longer than what was asked for. */
function usualSpan(remembered: readonly RememberedTarget[]): number {
  const spans = remembered.flatMap(({ symptom }) => symptom.current.map(({ spanMs }) => spanMs));
  return spans.toSorted((a, b) => a - b)[Math.floor(spans.length / 2)] ?? 0;
}

function cellsOf(symptom: RememberedMetric, guardrails: RememberedTarget['guardrails'], grid: Grid): readonly Cell[] {
  const cohort = (name: 'current' | 'stable'): readonly (TracedCounts | undefined)[] => {
    const counts = onGrid(symptom[name], grid);
    const guarded = Object.entries(guardrails).map(
      ([guardrail, metric]) => [guardrail, onGrid(metric[name], grid)] as const,
    );
    return counts.map((each, index) => {
      const seen = guarded.flatMap(([guardrail, own]) => (own[index] ? [[guardrail, own[index]] as const] : []));
      return each && { ...each, ...(seen.length > 0 ? { guardrails: Object.fromEntries(seen) } : {}) };
    });
  };
  const [current, stable] = [cohort('current'), cohort('stable')];
  return current.map((each, index) => ({
    ...(each ? { current: each } : {}),
    ...(stable[index] ? { stable: stable[index] } : {}),
  }));
}

function onGrid(
  counted: readonly TimedCounts[],
  { from, intervalMs, cells }: Grid,
): readonly (CohortCounts | undefined)[] {
  const laid = Array.from({ length: cells }, (): CohortCounts | undefined => undefined);
  for (const { at, requests, bad } of counted) {
    const index = Math.ceil((at - from) / intervalMs) - 1;
    if (index < 0 || index >= cells) continue;
    const whole = { requests: Math.round(requests), bad: Math.min(Math.round(bad), Math.round(requests)) };
    laid[index] = addCounts([laid[index] ?? { requests: 0, bad: 0 }, whole]);
  }
  return laid;
}

function incidentOf(
  served: readonly LaidTarget[],
  { intervalMs, first, last }: Grid & { readonly first: number; readonly last: number },
  oldFails: number,
): Omit<PastIncident, 'unserved'> {
  const inside = served.map(({ target, cells }) => ({ target, cells: cells.slice(first, last + 1) }));
  const all = inside.flatMap(({ cells }) => cells);
  const anytime = served.flatMap(({ cells }) => cells);
  const current = addCounts(all.flatMap((cell) => cell.current ?? []));
  const old = addCounts(anytime.flatMap((cell) => cell.stable ?? []));
  const oldSeen = isTelling(old);
  const { guardrails, guardedOld } = guardrailsOf(anytime);
  const earlier = served.flatMap(({ cells }) => cells.slice(0, first));
  const guardedBefore = Object.keys(guardrails).flatMap((name) => {
    const intervals = earlier.flatMap(({ stable }) => stable?.guardrails?.[name] ?? []);
    return intervals.length > 0 ? [[name, intervals] as const] : [];
  });
  const before = addCounts(earlier.flatMap(({ stable }) => stable ?? []));
  return {
    incident: {
      traffic: Object.fromEntries(inside.map(({ target, cells }) => [target, rateOf(cells, intervalMs)])),
      current: shareOf(current),
      stable: oldSeen ? shareOf(old) : oldFails,
      ...(Object.keys(guardrails).length > 0 ? { guardrails } : {}),
      ...(guardedBefore.length > 0 ? { guardedBefore: Object.fromEntries(guardedBefore) } : {}),
      trace: Object.fromEntries(inside.map(({ target, cells }) => [target, cells.map(traced)])),
    },
    intervalMs,
    intervals: last - first + 1,
    unmeasured: inside[0]?.cells.filter((_, index) => inside.every(({ cells }) => !cells[index]?.current)).length ?? 0,
    ...(isTelling(before) ? { baseline: shareOf(before) } : {}),
    oldSeen,
    guardedOld,
  };
}

/** Both revisions' requests a second over the intervals in which the suspect was measured. */
function rateOf(cells: readonly Cell[], intervalMs: number): number {
  const measured = cells.filter(({ current }) => current);
  const { requests } = addCounts(
    measured.flatMap(({ current, stable }) => [...(current ? [current] : []), ...(stable ? [stable] : [])]),
  );
  return requests / ((measured.length * intervalMs) / 1_000);
}

function guardrailsOf(cells: readonly Cell[]): {
  readonly guardrails: NonNullable<Incident['guardrails']>;
  readonly guardedOld: readonly string[];
} {
  const names = [...new Set(cells.flatMap(({ current }) => Object.keys(current?.guardrails ?? {})))];
  const seen = names.map((name) => ({
    name,
    current: addCounts(cells.flatMap(({ current }) => current?.guardrails?.[name] ?? [])),
    stable: addCounts(cells.flatMap(({ stable }) => stable?.guardrails?.[name] ?? [])),
  }));
  const told = seen.filter(({ current }) => isTelling(current));
  return {
    guardrails: Object.fromEntries(
      told.map(({ name, current, stable }) => [
        name,
        { current: shareOf(current), stable: shareOf(isTelling(stable) ? stable : current) },
      ]),
    ),
    guardedOld: told.filter(({ stable }) => isTelling(stable)).map(({ name }) => name),
  };
}

function traced({ current, stable }: Cell): TracedInterval {
  return current ? { current, ...(stable ? { stable } : {}) } : null;
}

function isTelling({ requests }: CohortCounts): boolean {
  return requests >= MIN_REQUESTS;
}

function shareOf({ requests, bad }: CohortCounts): number {
  return requests > 0 ? bad / requests : 0;
}
