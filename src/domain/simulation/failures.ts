import type { Incident } from './incident';
import { ratioIn, tracedAt } from './trace';
import type { TracedInterval } from './trace';

/** Failed requests that are expected from one time of a run to another, with so many percent of each target moved. */
export type Failures = (moved: ReadonlyMap<string, number>, fromMs: number, toMs: number) => number;

/**
 * What an incident fails. Over a real past: what its intervals had, from the one at which the run began on; intervals
 * that were not measured are taken to be like all others.
 */
export function failuresOf(incident: Incident, began: number, intervalMs: number): Failures {
  return (moved, fromMs, toMs) =>
    Object.keys(incident.traffic).reduce((sum, target) => {
      const share = (moved.get(target) ?? 0) / 100;
      const trace = incident.trace?.[target] ?? [];
      if (trace.length === 0) return sum + usualRate(incident, target, share) * ((toMs - fromMs) / 1_000);
      return (
        sum +
        failedInTrace(incident, { target, share, trace }, began + fromMs / intervalMs, {
          intervals: (toMs - fromMs) / intervalMs,
          intervalMs,
        })
      );
    }, 0);
}

interface Part {
  readonly target: string;
  readonly share: number;
  readonly trace: readonly TracedInterval[];
}

/** From a place in the trace, which may lie inside an interval, for so many intervals. */
function failedInTrace(
  incident: Incident,
  { target, share, trace }: Part,
  from: number,
  { intervals, intervalMs }: { readonly intervals: number; readonly intervalMs: number },
): number {
  const to = from + intervals;
  let failed = 0;
  for (let index = Math.floor(from); index < to; index += 1) {
    const part = Math.min(index + 1, to) - Math.max(index, from);
    const past = tracedAt(trace, index);
    const whole = past ? failedIn(past, incident, share) : usualRate(incident, target, share) * (intervalMs / 1_000);
    failed += part * whole;
  }
  return failed;
}

function failedIn(
  { current, stable }: NonNullable<TracedInterval>,
  usual: Pick<Incident, 'current' | 'stable'>,
  share: number,
): number {
  const requests = current.requests + (stable?.requests ?? 0);
  return requests * (share * ratioIn(stable, usual.stable) + (1 - share) * ratioIn(current, usual.current));
}

function usualRate({ traffic, current, stable }: Incident, target: string, share: number): number {
  return (traffic[target] ?? 0) * (share * stable + (1 - share) * current);
}
