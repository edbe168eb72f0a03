import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { betsToCarry, judge, keep, observe, openJudge, recall, watchHarm } from '../../../src/domain/judge';
import type { JudgeSettings, JudgeState, KeptJudge } from '../../../src/domain/judge';
import type { Sample, SeriesReading } from '../../../src/domain/judge/sample';
import type { GuardrailSetting } from '../../../src/domain/judge/settings';
import { handedOn, settings, START, world } from './support';

const NAMES = { current: 'v42', stable: 'v41' };
const DAY_MS = 86_400_000;
const GUARDRAILS: readonly GuardrailSetting[] = [
  { name: 'latency', measure: { kind: 'buckets' } },
  { name: 'queue', measure: { kind: 'gauge', threshold: 20 }, margin: { factor: 1.2 } },
  { name: 'crashes', critical: true, measure: { kind: 'events', allowedPerSecond: 0.002 } },
];
const HISTORY = Array.from({ length: 30 }, (_, index) => ({ requests: 400, bad: 10 + (index % 7) }));

function bytes(kept: unknown): number {
  return JSON.stringify(kept).length;
}

/** Two processes of a revision, by what each has served and failed since it began. */
function processes(revision: string, look: number, count: (look: number, process: number) => Partial<SeriesReading>) {
  return [0, 1].map((process) => ({
    series: `${revision}{instance="10.42.${process}.17:9102"}`,
    requests: 0,
    bad: 0,
    at: START + look * 10_000 + 500 - 137 * (process + 1),
    startedAt: START - DAY_MS - process,
    ...count(look, process),
  }));
}

const served = (each: number, failEvery: number) => (look: number, process: number) => {
  const requests = 4_000 + process + each * look;
  return { requests, bad: Math.floor(requests / failEvery) };
};

const timed = (each: number) => (look: number) => {
  const requests = each * look;
  const buckets = [0.1, 0.5, 2].map((bound, index) => ({ bound, count: Math.floor(requests * (0.5 + 0.2 * index)) }));
  return { requests, buckets };
};

/** A look at a symptom on two targets, and at guardrails of three kinds; nothing came of the symptom at the fourth. */
function lookAt(look: number): Sample {
  const strata = ['eu', 'us'].map((target) => ({
    target,
    stable: processes('v41', look, served(60, 90)),
    current: processes('v42', look, served(140, 24)),
  }));
  const value = (own: number) => (at: number) => ({ value: own + (at % 3) });
  const events = (after: number) => (at: number, process: number) => ({ bad: process === 0 && at > after ? 1 : 0 });
  return {
    at: START + look * 10_000 + 500,
    strata: look === 4 ? [] : strata,
    guardrails: {
      latency: [
        { target: 'eu', stable: processes('v41', look, timed(60)), current: processes('v42', look, timed(140)) },
      ],
      queue: [{ target: 'eu', stable: processes('v41', look, value(10)), current: processes('v42', look, value(12)) }],
      crashes: [
        { target: 'eu', stable: processes('v41', look, events(5)), current: processes('v42', look, events(3)) },
      ],
    },
  };
}

const LOOKS = Array.from({ length: 14 }, (_, index) => lookAt(index + 1));

const SEVERAL = settings({
  settleMs: 20_000,
  tau: 0.02,
  tauSource: 'history',
  minIntervals: 4,
  phi: 2.3456789,
  historyKnown: true,
  expected: { help: 0.0345, bad: 2.2 },
  guardrails: GUARDRAILS,
  guardProof: 'best-effort',
  carried: {
    help: [0, 0.012, 0.4, 0.5, 0.08, 0.008, 0],
    noHelp: [0.5, 0.3, 0.2, 0, 0, 0, 0],
    guardrails: { crashes: { bad: [0.3, 0.3, 0.2, 0.1, 0.1, 0, 0], ok: [0, 0, 0, 0.2, 0.3, 0.3, 0.2] } },
  },
  phaseIndex: 1,
  weights: { eu: 30, us: 30 },
  split: { eu: 30, us: 30 },
  onCoupled: 'half',
  trafficSeen: true,
});

describe('a judge that is handed on', () => {
  it('says at every look what one says that was never put down, whatever it is asked about', () => {
    let [kept, whole] = [openJudge(SEVERAL, HISTORY), openJudge(SEVERAL, HISTORY)];
    for (const look of LOOKS) {
      kept = handedOn(observe(kept, look));
      whole = observe(whole, look);
      expect([judge(kept), watchHarm(kept), betsToCarry(kept)]).toEqual([
        judge(whole),
        watchHarm(whole),
        betsToCarry(whole),
      ]);
    }
    expect(Object.keys(judge(whole).evidence)).toEqual(
      expect.arrayContaining(['help', 'latency.bad', 'queue.ok', 'crashes.bad']),
    );
  });

  it('has seen the same, also where counts are no whole numbers, processes come and go, and looks are missed', () => {
    const count = fc.oneof(fc.nat(5_000), fc.double({ min: 0, max: 1e6, noNaN: true }));
    const cohort = fc.option(fc.array(fc.record({ n: count, share: fc.double({ min: 0, max: 1, noNaN: true }) })));
    const log = fc.array(fc.record({ pause: fc.integer({ min: 1, max: 60_000 }), stable: cohort, current: cohort }));
    const modes = fc.constantFrom('compare' as const, 'absolute' as const, 'no-harm' as const);
    fc.assert(
      fc.property(log, modes, fc.boolean(), (rows, mode, settled) => {
        let at = START;
        let [kept, whole] = [0, 0].map(() =>
          openJudge(settings({ mode, split: { eu: 40 }, settleMs: settled ? 0 : 30_000, noDataMs: 40_000 })),
        ) as [JudgeState, JudgeState];
        for (const row of rows) {
          at += row.pause;
          const read = (name: 'stable' | 'current') =>
            (row[name] ?? []).map(({ n, share }, index) => ({
              series: `${name}/${index}`,
              requests: n,
              bad: n * share,
              at,
            }));
          const look = { at, strata: [{ target: 'eu/west', stable: read('stable'), current: read('current') }] };
          kept = handedOn(observe(kept, look));
          whole = observe(whole, look);
          expect({ ...kept, settings: undefined }).toEqual({ ...whole, settings: undefined });
          expect([judge(kept), watchHarm(kept)]).toEqual([judge(whole), watchHarm(whole)]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('says the same once more, put down twice', () => {
    const state = LOOKS.slice(0, 8).reduce(observe, openJudge(SEVERAL, HISTORY));
    expect(keep(handedOn(state))).toEqual(JSON.parse(JSON.stringify(keep(state))));
  });

  it('goes on from the whole state that earlier builds put down, to the verdict they would have come to', () => {
    const place = join(__dirname, 'earlier-state.json');
    const earlier = JSON.parse(readFileSync(place, 'utf8')) as { state: JudgeState; said: readonly string[] };
    let state = recall(earlier.state, NAMES);
    const said = LOOKS.slice(6).map((look) => {
      state = handedOn(observe(state, look));
      return judge(state).text;
    });
    expect(said).toEqual(earlier.said);
    expect(said.at(-1)).toContain('it helps');
  });

  it('is refused by a build that does not know how it was put down, with what to do', () => {
    const later = { ...keep(openJudge(SEVERAL)), shape: 9 } as unknown as KeptJudge;
    expect(() => recall(later, NAMES)).toThrow(
      'judge of shape 9: this build knows 2 and earlier ones; update the worker',
    );
  });
});

describe('what is kept of a judge', () => {
  const cohort = (revision: string, count: number, target: string, at: number, [requests, bad]: readonly number[]) =>
    Array.from({ length: count }, (_, process) => ({
      series: `${revision}{instance="10.42.${process}.17:9102",pod="checkout-${target}-${revision}-7c9d8f6b54-x${process}k2p"}`,
      requests: Math.floor(((requests ?? 0) + process) / count),
      bad: Math.floor(((bad ?? 0) + process) / count),
      at: at - 137 * process,
      startedAt: START - DAY_MS - 1_733 * process,
    }));

  /** The same counts, as those of so many processes of each revision on so many targets. */
  function spread(samples: readonly Sample[], count: number, targets: readonly string[]): readonly Sample[] {
    return samples.map(({ at, strata: [all] }) => ({
      at,
      strata: targets.map((target) => {
        const of = (revision: string, [reading]: readonly SeriesReading[] = []) =>
          reading ? cohort(revision, count, target, at, [reading.requests, reading.bad]) : [];
        return { target, stable: of('v41', all?.stable), current: of('v42', all?.current) };
      }),
    }));
  }

  const bakes = new Map<number, readonly Sample[]>();
  /** Twenty minutes in clumps, that no test decides. */
  function longBake(perInterval: number): readonly Sample[] {
    const rates = { share: 0.25, stableFails: 0.031, currentFails: 0.05, intervals: 120, wave: true };
    const samples = bakes.get(perInterval) ?? world({ perInterval, ...rates });
    bakes.set(perInterval, samples);
    return samples;
  }

  /** Most bytes after any of its looks, where its bets follow an earlier one. */
  function most(
    count: number,
    targets = ['eu-west-1'],
    change: Partial<JudgeSettings> = {},
    perInterval = 20_000,
  ): number {
    const samples = spread(longBake(perInterval), count, targets);
    const weights = Object.fromEntries(targets.map((target) => [target, 25]));
    const given = { settleMs: 20_000, tau: 0.0412345678, phi: 3.456789012345, minIntervals: 7, historyKnown: true };
    const each = settings({ ...given, expected: { help: 0.0345, bad: 4.1 }, weights, split: weights, ...change });
    const first = samples.slice(0, 20).reduce(observe, openJudge(each, HISTORY));
    let state = openJudge({ ...each, carried: betsToCarry(first) }, HISTORY);
    return Math.max(...samples.map((sample) => bytes(keep((state = observe(state, sample))))));
  }

  it.each([
    ['in a bake', {}, 20_000],
    ['in a bake at thin traffic', {}, 30],
    ['without control', { mode: 'absolute' as const }, 20_000],
    ['in a soak or a watch', { mode: 'no-harm' as const, renews: true as const }, 20_000],
    ['where harm alone is asked', { mode: 'no-harm' as const }, 20_000],
  ])('is below 1 kB with six processes of each revision %s, all of it, however long', (_name, change, perInterval) => {
    expect(most(6, ['eu-west-1'], change, perInterval)).toBeLessThan(1_024);
  });

  it('is below 1 kB for three targets with two processes of each revision', () => {
    expect(most(2, ['eu-west-1', 'us-east-1', 'ap-south-1'])).toBeLessThan(1_024);
  });

  it('grows by at most 30 bytes for each series, however long its name, and 100 for each target', () => {
    const [six, sixty] = [most(6), most(60)];
    expect((sixty - six) / (2 * 54)).toBeLessThan(30);
    const targets = Array.from({ length: 5 }, (_, index) => `region-${index}`);
    expect((most(2, targets) - most(2, targets.slice(0, 1))) / 4 - 4 * 30).toBeLessThan(100);
  });

  it('is below 1 kB for each metric where guardrails of every kind stand beside the symptom', () => {
    let state = openJudge({ ...SEVERAL, carried: betsToCarry(LOOKS.reduce(observe, openJudge(SEVERAL))) }, HISTORY);
    for (const look of LOOKS) {
      state = observe(state, look);
      expect(bytes(keep(state))).toBeLessThan(1_024 * (1 + GUARDRAILS.length));
    }
  });

  it('leaves out what is usual and what its rollback knows', () => {
    const usual = settings({
      settleMs: 20_000,
      minIntervals: 2,
      historyKnown: true,
      trafficSeen: true,
      split: { eu: 25 },
    });
    expect(JSON.parse(JSON.stringify(keep(openJudge(usual)).settings))).toEqual({
      tau: 0.01,
      weights: { eu: 25 },
      split: true,
      startedAt: START,
    });
  });
});
