import { boundsFrom, pastAtBounds, pooled } from './bounds';
import { burstiness, correlationTime, spreadOf } from './burst';
import { addCounts } from './increments';
import type { Bucket } from './sample';
import { MIN_REQUESTS } from './settings';
import type { GuardrailMeasure, GuardrailPast, GuardrailSetting } from './settings';
import type { CohortCounts } from './verdict';

/** What a source remembers of a revision before a phase, oldest first; nothing where it remembers nothing. */
export interface RememberedPast {
  readonly intervals?: readonly {
    readonly requests: number;
    readonly bad?: number;
    readonly buckets?: readonly Bucket[];
  }[];
  /** Of a gauge. */
  readonly values?: readonly number[];
  readonly intervalMs: number;
}

const TELLING_VALUES = 12;
const SECONDS_AN_HOUR = 3_600;
/** A suspect that had a part of the load for some of that time was as busy in the rest of it as the old revision will be. */
const BUSY_SHARE = 0.9;

/** A metric of a policy as a guardrail, measured so. `laterMs`: how much later than the symptom's its data come. */
export function guardrailOf(
  metric: Pick<GuardrailSetting, 'name' | 'objective' | 'critical' | 'margin' | 'boundSeconds'>,
  measure?: GuardrailMeasure,
  laterMs = 0,
): GuardrailSetting {
  const { name, objective, critical, margin, boundSeconds } = metric;
  return {
    name,
    ...(objective === undefined ? {} : { objective }),
    ...(critical ? { critical } : {}),
    ...(margin === undefined ? {} : { margin }),
    ...(boundSeconds === undefined ? {} : { boundSeconds }),
    ...(measure === undefined ? {} : { measure }),
    ...(laterMs === 0 ? {} : { laterMs }),
  };
}

/** Whether a phase without a control cohort needs to know what was before: the policy itself says nothing of it. */
export function needsItsPast({ objective, measure }: GuardrailSetting): boolean {
  switch (measure?.kind) {
    case undefined:
    case 'buckets':
      return objective === undefined;
    case 'gauge':
      return measure.threshold === undefined;
    case 'events':
      return false;
  }
}

/**
 * What a past says a guardrail is held against without a control cohort; undefined where it is too short to tell. `served`:
 * what the revision is known to have served then, of which a gauge, that has no requests itself, needs a dozen intervals.
 */
export function pastOf(
  { measure }: GuardrailSetting,
  { intervals = [], values = [] }: RememberedPast,
  of: GuardrailPast['of'],
  served?: RememberedPast,
): GuardrailPast | undefined {
  switch (measure?.kind) {
    case undefined:
      return tellingCounts(
        intervals.map(({ requests, bad = 0 }) => ({ requests, bad })),
        of,
      );
    case 'buckets': {
      const { bounds } = measure;
      const seen = bounds && intervals.map((each) => pastAtBounds(each, bounds));
      return seen && tellingCounts(seen, of);
    }
    case 'gauge':
      return served && !wasBusy(served) ? undefined : busyLevel(values, of);
    case 'events':
      return undefined;
  }
}

/** Beside current both revisions often are in the same wave; a past is in another one, so its clumps have to be known. */
function tellingCounts(intervals: readonly CohortCounts[], of: GuardrailPast['of']): GuardrailPast | undefined {
  const counts = addCounts(intervals);
  if (counts.requests < MIN_REQUESTS) return undefined;
  const { phi, minIntervals } = burstiness(intervals);
  if (phi === 1 && minIntervals === 2) return { of, counts };
  return { of, counts, burst: { phi, minIntervals, spread: spreadOf(intervals) } };
}

function wasBusy({ intervals = [] }: RememberedPast): boolean {
  return intervals.filter(({ requests }) => requests > 0).length >= TELLING_VALUES;
}

function busyLevel(values: readonly number[], of: GuardrailPast['of']): GuardrailPast | undefined {
  const level = values.toSorted((a, b) => a - b)[Math.ceil(BUSY_SHARE * values.length) - 1];
  return level === undefined || values.length < TELLING_VALUES ? undefined : { of, level };
}

/** A guardrail as what is remembered of one revision tells it. */
export interface ToldByPast {
  readonly setting: GuardrailSetting;
  readonly past: RememberedPast;
}

/**
 * A guardrail of a phase without a control cohort, with what it is held against: the suspect's own counts of late where
 * they tell; else the past that allows more. `served`: what the suspect is known to have served then.
 */
export function heldAgainstPast(suspect: ToldByPast, old: ToldByPast, served: RememberedPast): GuardrailSetting {
  const ofCurrent = pastOf(suspect.setting, suspect.past, 'current', served);
  if (ofCurrent && 'counts' in ofCurrent) return { ...suspect.setting, before: ofCurrent };
  const before = higher(ofCurrent, pastOf(old.setting, old.past, 'stable'));
  return before ? { ...(before.of === 'stable' ? old : suspect).setting, before } : suspect.setting;
}

/**
 * The past that allows more. How high a gauge stands depends on the load as well: the suspect had a part of it of late, the old revision all of it but
 * at another time, so that only what is above both is harm.
 */
export function higher(one: GuardrailPast | undefined, other: GuardrailPast | undefined): GuardrailPast | undefined {
  if (!one || !other || !('level' in one) || !('level' in other)) return one ?? other;
  return other.level > one.level ? other : one;
}

/** How a metric is measured as a guardrail, as far as its kind, its policy and the past say. */
export function measureOf(
  { measures, threshold }: { readonly measures?: 'buckets' | 'gauge' | 'events'; readonly threshold?: number },
  past: RememberedPast,
): GuardrailMeasure | undefined {
  switch (measures) {
    case undefined:
      return undefined;
    case 'buckets':
      return { kind: 'buckets', ...boundsOfPast(past) };
    case 'events':
      return { kind: 'events', ...(threshold === undefined ? {} : { allowedPerSecond: threshold / SECONDS_AN_HOUR }) };
    case 'gauge':
      return { kind: 'gauge', ...(threshold === undefined ? {} : { threshold }), ...independence(past) };
  }
}

/** The bounds nearest above the past's p50, p90 and p99, where there is enough of it. */
export function boundsOfPast({ intervals = [] }: RememberedPast): { readonly bounds?: readonly number[] } {
  const { requests, buckets } = pooled(intervals);
  const bounds = boundsFrom(requests, buckets);
  return bounds ? { bounds } : {};
}

/** The time over which values hang together, in whole intervals; a dozen values at least have to show it. */
function independence({ values = [], intervalMs }: RememberedPast): { readonly independentMs?: number } {
  if (values.length < TELLING_VALUES) return {};
  return { independentMs: Math.ceil(correlationTime(values)) * intervalMs };
}
