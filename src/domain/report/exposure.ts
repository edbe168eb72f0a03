import { SYMPTOM_WORDS } from '../judge/symptom-words';
import type { SymptomKind } from '../judge/symptom-words';
import { weightOf } from '../plan/census';
import { symptomKind } from '../policy/policy';
import { movedWeight, toRevisionOf } from '../rollback/progress';
import type { RunState } from '../rollback/state';
import type { Exposure, SharePoint } from './model';
import { count, sumOf } from './text';

/** When traffic first moved; undefined when it never did. Epoch milliseconds. */
export function firstShiftAt(state: RunState): number | undefined {
  return state.journal.find((entry) => entry.kind === 'shifted')?.at;
}

/** The share of each target over time, from the start of the rollback to its end. */
export function sharesOf(state: RunState, endedAt: number): readonly SharePoint[] {
  const extent = state.plan?.extent ?? [];
  if (extent.length === 0) return [];
  const points: SharePoint[] = [
    { at: state.epoch, weights: Object.fromEntries(extent.map((name) => [name, before(state, name)])) },
  ];
  for (const entry of state.journal) {
    const last = points.at(-1);
    if (!entry.weights || !last || entry.at < last.at) continue;
    const weights = { ...last.weights };
    for (const name of extent) weights[name] = entry.weights[name] ?? weights[name] ?? 0;
    points.push({ at: entry.at, weights });
  }
  const last = points.at(-1);
  return last && last.at < endedAt ? [...points, { at: endedAt, weights: last.weights }] : points;
}

function before(state: RunState, target: string): number {
  const revision = toRevisionOf(state);
  const origin = state.origin[target];
  return origin && revision !== undefined ? weightOf(origin, revision) : movedWeight(state, target);
}

/**
 * What users met since the first shift, against what they would have met on the suspect alone: its own ratio of bad
 * requests applied to all requests. Undefined when nothing moved or no metrics were read.
 */
export function exposureOf(state: RunState): Exposure | undefined {
  const moved = firstShiftAt(state);
  const since = moved === undefined ? [] : state.traffic.filter((point) => point.at >= moved);
  const [first, last] = [since[0], since.at(-1)];
  if (moved === undefined || !first || !last) return undefined;
  const earlier = state.traffic.filter((point) => point.at < moved);
  const current = sumOf(since.map((point) => point.current));
  const all = sumOf([current, ...since.map((point) => point.stable)]);
  const rest = { from: moved, to: last.at, requests: all.requests, exposed: current.requests, bad: all.bad };
  const badBefore = sumOf(earlier.flatMap((point) => [point.current, point.stable])).bad;
  const ratioSource = current.requests > 0 ? current : sumOf(earlier.map((point) => point.current));
  if (ratioSource.requests === 0) {
    return {
      ...rest,
      badBefore,
      how: 'no request on the suspect was seen, so what would have happened cannot be estimated',
    };
  }
  const ratio = ratioSource.bad / ratioSource.requests;
  const period = current.requests > 0 ? 'after' : 'before';
  const { did } = SYMPTOM_WORDS[symptomOfRun(state)];
  return {
    ...rest,
    badBefore,
    badWithout: Math.round(ratio * all.requests),
    how:
      `an estimate: the suspect ${did} ${count(ratioSource.bad)} of ${count(ratioSource.requests)} requests ${period} the first shift; ` +
      `that ratio is applied to all ${count(all.requests)} requests since then. ` +
      'It assumes that requests on both revisions are alike and that the trouble would have gone on unchanged',
  };
}

function symptomOfRun({ policy, request }: RunState): SymptomKind {
  return policy ? symptomKind(policy, request.cause) : 'errors';
}
