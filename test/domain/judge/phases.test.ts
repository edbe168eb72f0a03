import fc from 'fast-check';
import { betsToCarry, judge, observe, openJudge, watchHarm } from '../../../src/domain/judge';
import type { JudgeSettings, JudgeState } from '../../../src/domain/judge';
import type { Sample } from '../../../src/domain/judge/sample';
import { observeSplit, splitMismatch } from '../../../src/domain/judge/split';
import type { SplitChecks } from '../../../src/domain/judge/split';
import { openTests } from '../../../src/domain/judge/tests';
import { decide, handedOn, seeded, settings, START, world } from './support';

const BUSY = { perInterval: 1_000, share: 0.25, intervals: 60 };

function fold(samples: ReturnType<typeof world>, change: Partial<JudgeSettings> = {}): JudgeState {
  return samples.reduce(observe, openJudge(settings(change)));
}

describe('the split that was asked for', () => {
  const fine = { stableFails: 0.001, currentFails: 0.05 };

  it.each([
    ['half of it', 0.25, 0.12, 'SPLIT_MISMATCH'],
    ['twice of it', 0.25, 0.5, 'SPLIT_MISMATCH'],
    ['a little less', 0.25, 0.21, 'HELPING'],
    ['a little more', 0.25, 0.29, 'HELPING'],
    ['what was asked', 0.05, 0.05, 'HELPING'],
  ])('is held against %s', (_name, asked, share, reason) => {
    const samples = world({ ...BUSY, ...fine, share });
    const verdict = decide(samples, { split: { eu: 100 * asked }, minIntervals: 9 });
    expect(verdict.reason).toBe(reason);
  });

  it('is named with its target and what it should be', () => {
    const verdict = decide(world({ ...BUSY, ...fine, share: 0.12 }), { split: { eu: 25 }, minIntervals: 9 });
    expect(verdict).toMatchObject({ escalate: true, target: 'eu' });
    expect(verdict.text).toContain(
      'eu should give v41 25 % of its requests, and gives it more than a fifth more or less, 12 % so far',
    );
  });

  it('never keeps a halt from being said', () => {
    const failing = world({ ...BUSY, share: 0.1, stableFails: 0.3, currentFails: 0.05 });
    expect(decide(failing, { split: { eu: 25 } }).reason).toBe('WORSE');
  });

  it('is called wrong by chance in at most 1 of 100 phases', () => {
    const lives = 400;
    let mistakes = 0;
    for (let seed = 0; seed < lives; seed += 1) {
      const coin = seeded(seed);
      const asked = settings({ split: { eu: 20 } });
      let checks: SplitChecks = {};
      for (let tick = 0; tick < 60 && !splitMismatch(checks, asked); tick += 1) {
        // On the very edge of what is allowed, each request going its way by chance.
        const stable = Array.from({ length: 50 }, coin).filter((side) => side < 0.2 * 0.8).length;
        const counts = (requests: number) => ({ requests, bad: 0 });
        checks = observeSplit(checks, [{ target: 'eu', stable: counts(stable), current: counts(50 - stable) }], asked);
      }
      if (splitMismatch(checks, asked)) mistakes += 1;
    }
    expect(mistakes / lives).toBeLessThanOrEqual(0.01 + 3 * Math.sqrt((0.01 * 0.99) / lives));
  });
});

describe('a soak', () => {
  const all = { perInterval: 200, share: 1, currentFails: 0 };
  const soak = { mode: 'no-harm' as const, weights: { eu: 100 } };

  /** When harm is said, in seconds after the leak begins; undefined where it is not. */
  function leakAfter(goodIntervals: number, seed: number): number | undefined {
    const good = world({ ...all, stableFails: 0.001, intervals: goodIntervals, seed });
    const last = good.at(-1)!.strata[0]!.stable[0]!;
    const leaking = world({ ...all, stableFails: 0.03, intervals: 30, seed: seed + 1 }).slice(1);
    let state = good.reduce(observe, openJudge(settings(soak)));
    expect(watchHarm(state)).toBeUndefined();
    for (const [index, sample] of leaking.entries()) {
      const at = good.at(-1)!.at + (index + 1) * 10_000;
      const strata = sample.strata.map((stratum) => ({
        ...stratum,
        stable: stratum.stable.map((series) => ({
          ...series,
          requests: last.requests + series.requests,
          bad: last.bad + series.bad,
          at,
        })),
        current: stratum.current.map((series) => ({ ...series, at })),
      }));
      state = observe(state, { at, strata });
      if (watchHarm(state)) return (index + 1) * 10;
    }
    return undefined;
  }

  it('sees a leak that comes after nine good minutes about as soon as one that comes at once', () => {
    const [atOnce, late] = [leakAfter(1, 3), leakAfter(54, 3)];
    expect(atOnce).toBeLessThanOrEqual(100);
    expect(late).toBeLessThanOrEqual(atOnce! + 60);
  });

  it.each([
    ['some requests of the suspect still drain', { eu: 100 }],
    ['another target is still shared with the suspect', { eu: 100, us: 50 }],
  ])('sees a late leak as well where %s', (_name, weights) => {
    const good = world({ ...all, stableFails: 0.001, intervals: 54, seed: 3 });
    const leaking = world({ ...all, stableFails: 0.03, intervals: 30, seed: 4 }).slice(1);
    const last = good.at(-1)!.strata[0]!.stable[0]!;
    const elsewhere = Object.keys(weights).at(-1)!;
    const samples = [...good, ...leaking].map(({ strata }, index): Sample => {
      const at = START + index * 10_000;
      const before = index < good.length ? { requests: 0, bad: 0 } : last;
      const sum = strata[0]!.stable[0]!;
      const stable = [
        { series: 'v41', requests: before.requests + sum.requests, bad: before.bad + sum.bad, at },
      ] as const;
      // A request of the suspect now and then; where it is shared both serve alike, and well.
      const few = { series: 'v42', requests: elsewhere === 'eu' ? index : 50 * index, bad: 0, at };
      if (elsewhere === 'eu') return { at, strata: [{ target: 'eu', stable, current: [few] }] };
      const alike = [{ series: 'v41-us', requests: 50 * index, bad: 0, at }];
      return {
        at,
        strata: [
          { target: 'eu', stable, current: [] },
          { target: 'us', stable: alike, current: [few] },
        ],
      };
    });
    let state = openJudge(settings({ ...soak, weights }));
    const said = samples.findIndex((sample) => watchHarm((state = observe(state, sample))) !== undefined);
    expect(said).toBeGreaterThanOrEqual(good.length);
    expect(watchHarm(state)).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM' });
  });

  it('compares nothing with what still drains, also where stable fails half of everything', () => {
    const at = (index: number) => START + index * 10_000;
    const seen = [1, 2, 3].map((index): Sample => {
      const stable = [{ series: 'v41', requests: 100 * index, bad: 80 * index, at: at(index) }];
      const current = [{ series: 'v42', requests: 2 * index, bad: 2 * index, at: at(index) }];
      return { at: at(index), strata: [{ target: 'eu', stable, current }] };
    });
    const state = seen.reduce(observe, openJudge(settings(soak)));
    expect(watchHarm(state)).toMatchObject({ decision: 'halt' });
  });

  it('calls an old revision on the edge of its target harmful in at most 1 of 50 soaks', () => {
    let mistakes = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      let state = openJudge(settings(soak));
      for (const sample of world({ ...all, stableFails: 0.01, intervals: 60, seed })) {
        state = observe(state, sample);
        if (watchHarm(state)) {
          mistakes += 1;
          break;
        }
      }
    }
    expect(mistakes / 100).toBeLessThanOrEqual(0.02 + 3 * Math.sqrt((0.02 * 0.98) / 100));
  });
});

describe('the bets of the next phase', () => {
  const before = fold(world({ ...BUSY, stableFails: 0.01, currentFails: 0.05, intervals: 10 }));
  const carried = betsToCarry(before);

  it('follow by half what the last one came to', () => {
    for (const shares of [carried.help, carried.noHelp, carried.bad, carried.harm]) {
      expect(shares!.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 2);
    }
    const { help } = openTests(settings({ carried }));
    const weights = help!.logWeights!.map((log) => Math.exp(log));
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
    for (const [index, weight] of weights.entries()) {
      expect(weight).toBeCloseTo(carried.help![index]! / 2 + 1 / weights.length / 2, 2);
    }
  });

  it('of guardrails follow the last one as well, of counts and of gauges, but not into a phase without control', () => {
    const guardrails = [{ name: 'latency' }, { name: 'load', measure: { kind: 'gauge' as const } }];
    const watched = world({ ...BUSY, stableFails: 0.01, currentFails: 0.05, intervals: 20 }).map((sample) => {
      const gauge = (value: number) => [{ series: 'one', requests: 0, bad: 0, value, at: sample.at }];
      const load = [{ target: 'eu', stable: gauge(1), current: gauge(2) }];
      return { ...sample, guardrails: { latency: sample.strata, load } };
    });
    const bets = betsToCarry(watched.reduce(observe, openJudge(settings({ guardrails, minIntervals: 9 }))));
    const next = openJudge(settings({ guardrails, carried: bets }));
    const alone = openJudge(
      settings({ guardrails: [{ name: 'latency', objective: 0.05 }], carried: bets, mode: 'absolute' }),
    );
    const { latency, load } = next.guardrails;
    if (latency?.kind !== 'counts' || load?.kind !== 'gauge') throw new Error('both are watched');
    for (const [name, stakes] of [['latency', latency] as const, ['load', load.signs] as const]) {
      const shares = stakes!.ok.logWeights!.map((log) => Math.exp(log));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      const best = bets.guardrails![name]!.ok!;
      expect(shares.indexOf(Math.max(...shares))).toBe(best.indexOf(Math.max(...best)));
    }
    const evidence = Object.values(judge(next).evidence);
    expect(evidence.every((log) => Math.abs(log) < 0.01)).toBe(true);
    expect(alone.guardrails['latency']).toHaveProperty('ok.logs');
    expect(alone.guardrails['latency']).not.toHaveProperty('ok.logWeights');
  });

  it('carry no evidence: the next phase begins with none, and gets to the same answer a little sooner', () => {
    const samples = world({
      perInterval: 40,
      share: 0.25,
      intervals: 60,
      stableFails: 0.012,
      currentFails: 0.06,
      seed: 4,
    });
    const opened = judge(openJudge(settings({ carried })));
    expect(Object.values(opened.evidence).every((log) => Math.abs(log) < 0.01)).toBe(true);
    const plain = { ...settings(), tau: undefined, tauSource: 'none' as const };
    const [cold, warm] = [decide(samples, plain), decide(samples, { ...plain, carried })];
    expect(warm.reason).toBe(cold.reason);
    expect(warm.observedMs).toBeLessThanOrEqual(cold.observedMs);
  });
});

describe('a log of samples', () => {
  const rows = fc.array(
    fc.record({
      stable: fc.option(fc.record({ n: fc.nat(300), share: fc.double({ min: 0, max: 1, noNaN: true }) }), { freq: 5 }),
      current: fc.option(fc.record({ n: fc.nat(300), share: fc.double({ min: 0, max: 1, noNaN: true }) }), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 60 },
  );
  const modes = fc.constantFrom('compare' as const, 'absolute' as const, 'no-harm' as const);

  function samplesOf(
    log: readonly { stable: { n: number; share: number } | null; current: { n: number; share: number } | null }[],
  ) {
    const totals = { stable: { requests: 0, bad: 0 }, current: { requests: 0, bad: 0 } };
    return log.map((row, index) => {
      const at = START + (index + 1) * 10_000;
      const cohort = (name: 'stable' | 'current') => {
        const added = row[name];
        if (!added) return [];
        totals[name].requests += added.n;
        totals[name].bad += Math.floor(added.n * added.share);
        return [{ series: name, ...totals[name], at }];
      };
      return { at, strata: [{ target: 'eu', stable: cohort('stable'), current: cohort('current') }] };
    });
  }

  it('gets the same verdict at every sample in one go, or killed anywhere, resumed and told again', () => {
    fc.assert(
      fc.property(rows, fc.nat(60), fc.nat(5), modes, (log, cut, again, mode) => {
        const samples = samplesOf(log);
        const change = { mode, split: { eu: 50 }, settleMs: 30_000 };
        const whole: unknown[] = [];
        samples.reduce(
          (state, sample) => {
            const next = observe(state, sample);
            whole.push(judge(next), watchHarm(next));
            return next;
          },
          openJudge(settings(change)),
        );
        const told: unknown[] = [];
        samples.reduce(
          (state, sample, index) => {
            // What was handed on is asked once more after it.
            const resumed = index === cut ? handedOn(state) : state;
            const repeated =
              index === cut ? samples.slice(Math.max(0, index - again), index).reduce(observe, resumed) : resumed;
            const next = observe(repeated, sample);
            told.push(judge(next), watchHarm(next));
            return next;
          },
          openJudge(settings(change)),
        );
        expect(told).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });
});
