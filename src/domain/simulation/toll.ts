import type { Incident } from './incident';
import { ratioIn, tracedAt } from './trace';
import type { TracedInterval } from './trace';

/** What some time of a run costs users, as expected. */
export interface Toll {
  /** Requests that the suspect serves, whatever becomes of them. */
  readonly exposed: number;
  /** Requests that fail, on either revision. */
  readonly failed: number;
}

/** The toll from one time of a run to another, with so many percent of each target moved. */
export type TollOver = (moved: ReadonlyMap<string, number>, fromMs: number, toMs: number) => Toll;

/**
 * What an incident costs. Over a real past: what its intervals had, from the one at which the run began on; intervals
 * that were not measured are taken to be like all others.
 */
export function tollOf(incident: Incident, began: number, intervalMs: number): TollOver {
  return (moved, fromMs, toMs) =>
    sumOfTolls(
      Object.keys(incident.traffic).map((target) => {
        const share = (moved.get(target) ?? 0) / 100;
        const trace = incident.trace?.[target] ?? [];
        if (trace.length === 0) return times(usualToll(incident, target, share), (toMs - fromMs) / 1_000);
        return tollInTrace(incident, { target, share, trace }, began + fromMs / intervalMs, {
          intervals: (toMs - fromMs) / intervalMs,
          intervalMs,
        });
      }),
    );
}

/** All of them together. */
export function sumOfTolls(tolls: readonly Toll[]): Toll {
  return tolls.reduce((sum, { exposed, failed }) => ({ exposed: sum.exposed + exposed, failed: sum.failed + failed }), {
    exposed: 0,
    failed: 0,
  });
}

interface Part {
  readonly target: string;
  readonly share: number;
  readonly trace: readonly TracedInterval[];
}

/** From a place in the trace, which may lie inside an interval, for so many intervals. */
function tollInTrace(
  incident: Incident,
  { target, share, trace }: Part,
  from: number,
  { intervals, intervalMs }: { readonly intervals: number; readonly intervalMs: number },
): Toll {
  const to = from + intervals;
  const parts: Toll[] = [];
  for (let index = Math.floor(from); index < to; index += 1) {
    const part = Math.min(index + 1, to) - Math.max(index, from);
    const past = tracedAt(trace, index);
    const whole = past ? tollIn(past, incident, share) : times(usualToll(incident, target, share), intervalMs / 1_000);
    parts.push(times(whole, part));
  }
  return sumOfTolls(parts);
}

function tollIn(
  { current, stable }: NonNullable<TracedInterval>,
  usual: Pick<Incident, 'current' | 'stable'>,
  share: number,
): Toll {
  const requests = current.requests + (stable?.requests ?? 0);
  const exposed = requests * (1 - share);
  const failed = requests * share * ratioIn(stable, usual.stable) + exposed * ratioIn(current, usual.current);
  return { exposed, failed };
}

/** In a second. */
function usualToll({ traffic, current, stable }: Incident, target: string, share: number): Toll {
  const requests = traffic[target] ?? 0;
  return { exposed: requests * (1 - share), failed: requests * (share * stable + (1 - share) * current) };
}

function times({ exposed, failed }: Toll, factor: number): Toll {
  return { exposed: exposed * factor, failed: failed * factor };
}
