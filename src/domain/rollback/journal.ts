import { shortened } from '../judge/sample-log';
import type { LoggedLook } from '../judge/sample-log';
import type { JournalEntry, RunState, TrafficPoint } from './state';

const JOURNAL_LIMIT = 500;
const TRAFFIC_LIMIT = 720;
/** A row is one metric on one target in one look: some 30 bytes. */
const SAMPLE_ROWS = 2_000;

/** Appends an entry stamped with the state's time; the same entry in a row is counted instead. */
export function note(state: RunState, entry: Omit<JournalEntry, 'at' | 'times'>): RunState {
  const last = state.journal.at(-1);
  if (
    last &&
    !last.wait &&
    !entry.wait &&
    last.kind === entry.kind &&
    last.text === entry.text &&
    last.by === entry.by
  ) {
    const counted = { ...last, ...entry, times: last.times + 1 };
    return { ...state, journal: [...state.journal.slice(0, -1), counted] };
  }
  const journal = [...state.journal, { ...entry, at: state.now, times: 1 }];
  return { ...state, journal: journal.length > JOURNAL_LIMIT ? thin(journal) : journal };
}

/** Forgets the oldest middle entry: the beginning and the recent past matter most. */
function thin(journal: readonly JournalEntry[]): readonly JournalEntry[] {
  const keep = 50;
  return [...journal.slice(0, keep), ...journal.slice(keep + 1)];
}

/** Adds traffic points, merging neighbours when there are too many so that totals stay true. */
export function withTraffic(state: RunState, points: readonly TrafficPoint[]): RunState {
  if (points.length === 0) return state;
  let traffic = [...state.traffic, ...points];
  while (traffic.length > TRAFFIC_LIMIT) traffic = mergePairs(traffic);
  return { ...state, traffic };
}

/** Adds what the looks of a phase brought. */
export function withSamples(state: RunState, looks: readonly LoggedLook[], phase: number): RunState {
  if (looks.length === 0) return state;
  const samples = [...(state.samples ?? []), ...looks.map((look) => ({ ...look, phase }))];
  return { ...state, samples: shortened(samples, SAMPLE_ROWS) };
}

function mergePairs(points: readonly TrafficPoint[]): TrafficPoint[] {
  const merged: TrafficPoint[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const [a, b] = [points[i], points[i + 1]];
    if (!a) continue;
    merged.push(b ? { at: b.at, current: add(a.current, b.current), stable: add(a.stable, b.stable) } : a);
  }
  return merged;
}

function add(a: TrafficPoint['current'], b: TrafficPoint['current']): TrafficPoint['current'] {
  return { requests: a.requests + b.requests, bad: a.bad + b.bad };
}
