import { boundsFrom, pooled } from './bounds';
import { correlationTime } from './burst';
import type { Bucket } from './sample';
import type { GuardrailMeasure, GuardrailSetting } from './settings';

/** What a source remembers of current before a phase, oldest first; nothing where it remembers nothing. */
export interface RememberedPast {
  readonly intervals?: readonly { readonly requests: number; readonly buckets?: readonly Bucket[] }[];
  /** Of a gauge. */
  readonly values?: readonly number[];
  readonly intervalMs: number;
}

const TELLING_VALUES = 12;
const SECONDS_AN_HOUR = 3_600;

/** A metric of a policy as a guardrail, measured so. */
export function guardrailOf(
  { name, objective, critical }: Pick<GuardrailSetting, 'name' | 'objective' | 'critical'>,
  measure?: GuardrailMeasure,
): GuardrailSetting {
  return {
    name,
    ...(objective === undefined ? {} : { objective }),
    ...(critical ? { critical } : {}),
    ...(measure === undefined ? {} : { measure }),
  };
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
