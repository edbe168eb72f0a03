import { pastAtBounds } from './bounds';
import { ratioOf } from './calibration';
import { boundsOfPast } from './guardrail-setting';
import type { RememberedPast } from './guardrail-setting';
import type { BucketSetting, JudgeSettings } from './settings';
import { tauFor } from './tau';
import { judgesAlone } from './tests';
import type { CohortCounts } from './verdict';

/** A symptom and what is known of it when a phase begins. */
export interface KnownSymptom {
  /** Highest acceptable share of bad events, 0 to 1. */
  readonly objective?: number | undefined;
  readonly measures?: 'buckets' | 'gauge' | 'events' | undefined;
  /** The suspect's own intervals during the incident. */
  readonly past: RememberedPast;
  /** Those of the old revision, from before the suspect came. */
  readonly before: RememberedPast;
  /** What the last phase with a control left: a ratio 0 to 1, and the bounds in seconds at which it was counted. */
  readonly carriedTau?: number | undefined;
  readonly carriedBounds?: readonly number[] | undefined;
}

/** What counts as restored in a phase, with the ratio that was normal before and the bounds that requests are counted at. */
export type PhaseTarget = ReturnType<typeof tauFor> & {
  readonly baseline?: number | undefined;
  readonly buckets?: BucketSetting | undefined;
};

/**
 * What counts as restored, and beyond which bounds a latency metric without one of its own is counted: those of its past;
 * or, where nothing but the last phase with a control says what is good, those at which that was counted.
 */
export function targetOf(known: KnownSymptom, settings: Pick<JudgeSettings, 'mode' | 'weights'>): PhaseTarget {
  const { objective, measures, past, before, carriedTau, carriedBounds } = known;
  const own = measures === 'buckets' ? boundsOfPast(past) : undefined;
  const baseline = ratioOf(countsIn(before, own));
  const carried = own && !carriedBounds ? undefined : carriedTau;
  const target = tauFor({ objective, baseline, carried, alone: judgesAlone(settings) });
  const isCarried = target.source === 'last-controlled-phase';
  return { ...target, baseline, buckets: own && isCarried && carriedBounds ? { bounds: carriedBounds } : own };
}

/** Counts of a past; of a histogram without a bound those beyond the bounds that are looked at, or none. */
export function countsIn(
  { intervals = [] }: RememberedPast,
  buckets: BucketSetting | undefined,
): readonly CohortCounts[] {
  if (!buckets) return intervals.map(({ requests, bad = 0 }) => ({ requests, bad }));
  const { bounds } = buckets;
  return bounds ? intervals.map((interval) => pastAtBounds(interval, bounds)) : [];
}
