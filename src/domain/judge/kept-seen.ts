import type { Counted } from './count-log';
import type { Missing } from './evidence';
import { byTarget, sinceStart, timeOf } from './frame';
import type { Frame } from './frame';
import { countsAsNumbers, takeCounts, takeMaybeCounts } from './kept-counts';
import { keepLogs, recallLogs } from './kept-logs';
import { keepLooks, recallLooks } from './kept-looks';
import { packed, taking, unpacked } from './packed';
import type { Taking } from './packed';
import { BETS_OF_START } from './restarts';
import type { JudgeSettings } from './settings';
import { BETS_ON_SPLIT } from './split';
import type { JudgeState, Togetherness } from './state';
import { mapTests, openTests } from './tests';

/** What a bake has seen of its symptom, in packed numbers; without what it remembers of each series. */
export interface KeptSeen {
  readonly looks: string;
  readonly counts: string;
  /** What bets have come to. */
  readonly logs: string;
  readonly together: string;
  readonly pace: string;
}

type Seen = Omit<JudgeState, 'settings' | 'memory' | 'guardrails'>;

const MILLIONTHS = 1e6;
const TENTHS = 10;

/** What was seen, as it is kept. */
export function keepSeen(state: JudgeState, frame: Frame): KeptSeen {
  const { s, c, ss, cc, sc } = state.together;
  return {
    looks: keepLooks(state.looks),
    counts: packed(countsOf(state, frame)),
    logs: keepLogs(logsOf(state, frame)),
    together: packed([s, c, ss, cc, sc], MILLIONTHS),
    pace: packed(state.pace.flat(), TENTHS),
  };
}

/** In the order in which `recallSeen` takes them. */
function countsOf(state: JudgeState, frame: Frame): readonly (number | undefined)[] {
  const since = (at: number | undefined): number | undefined => sinceStart(frame, at);
  return [
    since(state.lastAt),
    since(state.lastPairAt),
    state.unwatchedMs,
    state.observedMs,
    state.intervals,
    state.settledIntervals,
    since(state.flatSince),
    since(state.unserved?.since),
    state.unserved?.current,
    state.ebbed && 1,
    state.together.n,
    state.starts.length,
    ...countsAsNumbers(state.totals.stable),
    ...countsAsNumbers(state.totals.current),
    ...countsAsNumbers(state.before),
    ...rowsAsNumbers(state.recent),
    ...frame.targets.flatMap((target) => {
      const { [target]: warmUp } = state.log.warmUp;
      return [
        since(state.seen[target]),
        state.split[target]?.away,
        ...rowsAsNumbers(warmUp && [warmUp]),
        ...rowsAsNumbers(state.log.after[target]),
      ];
    }),
  ];
}

/** The bets of the tests, of the later starts, and of the splits. */
function logsOf({ settings, logs, starts, split }: JudgeState, { targets }: Frame): readonly number[] {
  const ofTests = Object.values(mapTests(openTests(settings), (test, name) => logs[name] ?? test.logs));
  return [...ofTests.flat(), ...starts.flat(), ...targets.flatMap((target) => split[target]?.logs ?? [])];
}

/** What was seen, again. `targets`: in the order in which they were kept. */
export function recallSeen(kept: KeptSeen, settings: JudgeSettings, targets: readonly string[]): Seen {
  const frame = { targets, startedAt: settings.startedAt, lastAt: settings.startedAt };
  const numbers = taking(unpacked(kept.counts));
  const { intervalsTogether, startsMade, ...ofAll } = takeOfAll(numbers, frame);
  const ofTargets = takeOfTargets(numbers, frame);
  const { seen, log } = ofTargets;
  const logs = taking(recallLogs(kept.logs));
  return {
    ...ofAll,
    seen,
    log,
    logs: mapTests(openTests(settings), (test) => logs.some(test.logs.length)),
    starts: Array.from({ length: startsMade }, () => logs.some(BETS_OF_START)),
    split: byTarget(frame, (target) => {
      const away = ofTargets.away[target];
      return away === undefined ? undefined : { logs: logs.some(BETS_ON_SPLIT), away };
    }),
    looks: recallLooks(kept.looks),
    together: togetherness(intervalsTogether, kept.together),
    pace: pairsIn(kept.pace),
  };
}

function takeOfAll(numbers: Taking, frame: Frame) {
  const { maybe, one } = numbers;
  const time = (): number | undefined => timeOf(frame, maybe());
  // One after the other: an object's values are worked out in the order in which they stand.
  return {
    lastAt: time() ?? frame.startedAt,
    lastPairAt: time(),
    unwatchedMs: maybe(),
    observedMs: one(),
    intervals: one(),
    settledIntervals: one(),
    flatSince: time(),
    unserved: unservedFrom(time(), maybe()),
    ebbed: maybe() === undefined ? undefined : (true as const),
    intervalsTogether: one(),
    startsMade: one(),
    totals: { stable: takeCounts(numbers), current: takeCounts(numbers) },
    before: takeMaybeCounts(numbers),
    recent: takeRows(numbers) ?? [],
  };
}

function unservedFrom(since: number | undefined, current = 0): JudgeState['unserved'] {
  return since === undefined ? undefined : { since, current };
}

function takeOfTargets(numbers: Taking, frame: Frame) {
  const taken = byTarget(frame, () => ({
    seen: timeOf(frame, numbers.maybe()),
    away: numbers.maybe(),
    warmUp: takeRows(numbers)?.[0],
    after: takeRows(numbers),
  }));
  return {
    seen: byTarget(frame, (target) => taken[target]?.seen),
    away: byTarget(frame, (target) => taken[target]?.away),
    log: {
      warmUp: byTarget(frame, (target) => taken[target]?.warmUp),
      after: byTarget(frame, (target) => taken[target]?.after),
    },
  };
}

function rowsAsNumbers(rows: readonly Counted[] | undefined): readonly (number | undefined)[] {
  return rows ? [rows.length, ...rows.flat()] : [undefined];
}

function takeRows({ maybe, one }: Taking): readonly Counted[] | undefined {
  const count = maybe();
  return count === undefined ? undefined : Array.from({ length: count }, (): Counted => [one(), one(), one(), one()]);
}

function togetherness(n: number, kept: string): Togetherness {
  const { one } = taking(unpacked(kept, MILLIONTHS));
  return { n, s: one(), c: one(), ss: one(), cc: one(), sc: one() };
}

function pairsIn(kept: string): readonly Missing[] {
  const values = unpacked(kept, TENTHS);
  const { one } = taking(values);
  return Array.from({ length: values.length / 2 }, (): Missing => [one(), one()]);
}
