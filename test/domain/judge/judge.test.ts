import fc from 'fast-check';
import { judge, observe, openJudge, watchHarm } from '../../../src/domain/judge';
import type { JudgeSettings, JudgeState } from '../../../src/domain/judge';
import type { Sample } from '../../../src/domain/judge/sample';
import { decide, handedOn, settings, START, world } from './support';

function fold(samples: readonly Sample[], change: Partial<JudgeSettings> = {}): JudgeState {
  return samples.reduce(observe, openJudge(settings(change)));
}

const BUSY = { perInterval: 1_000, share: 0.25, intervals: 60 };

describe('a phase with both revisions serving', () => {
  it.each([
    ['proceeds when the old revision cures it', { stableFails: 0.001, currentFails: 0.05 }, 'proceed', 'HELPING'],
    ['halts when both fail alike', { stableFails: 0.05, currentFails: 0.05 }, 'halt', 'NOT_HELPING'],
    ['halts when the old revision is worse', { stableFails: 0.15, currentFails: 0.05 }, 'halt', 'WORSE'],
    ['asks when it is clearly better but still not good', { stableFails: 0.02, currentFails: 0.2 }, 'hold', 'PARTIAL'],
    ['asks when both drown together', { stableFails: 0.6, currentFails: 0.62 }, 'hold', 'COUPLED'],
    ['asks when the symptom is gone', { stableFails: 0.0005, currentFails: 0.0005 }, 'hold', 'SYMPTOM_GONE'],
  ] as const)('%s', (_name, rates, decision, reason) => {
    const verdict = decide(world({ ...BUSY, ...rates }));
    expect(verdict).toMatchObject({ decision, reason });
    expect(verdict.observedMs).toBeLessThanOrEqual(120_000);
  });

  it('calls the same failures persisting in a later phase', () => {
    expect(decide(world({ ...BUSY, stableFails: 0.05, currentFails: 0.05 }), { phaseIndex: 2 }).reason).toBe(
      'PERSISTS',
    );
  });

  it('widens on coupled cohorts only where the policy says so', () => {
    const samples = world({ ...BUSY, stableFails: 0.6, currentFails: 0.62 });
    expect(decide(samples, { onCoupled: 'widen' })).toMatchObject({ decision: 'proceed', reason: 'COUPLED' });
  });

  it('takes three intervals at least, however clear it looks', () => {
    expect(decide(world({ ...BUSY, stableFails: 0, currentFails: 0.5 })).observedMs).toBeGreaterThanOrEqual(30_000);
  });

  it('does not hold a warm-up blip inside the settle time against the old revision', () => {
    const [baseline, ...rest] = world({ ...BUSY, stableFails: 0.001, currentFails: 0.05 });
    const blip = 25;
    const warmingUp = [baseline, ...rest].map((sample, index) => withStableBad(sample!, index === 0 ? 0 : blip));
    expect(decide(warmingUp, { settleMs: 20_000 })).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
  });

  it('says the four counts and the revisions by name', () => {
    const { text } = decide(world({ ...BUSY, stableFails: 0.001, currentFails: 0.05 }));
    expect(text).toMatch(/^v41 failed \d+ of \d+ \([\d.]+ %\), v42 failed \d+ of [\d,]+ \([\d.]+ %\): it helps/);
  });

  it('asks at the longest bake, and goes on with the same evidence when given more time', () => {
    const samples = world({ perInterval: 40, share: 0.5, stableFails: 0.03, currentFails: 0.05, intervals: 20 });
    const short = decide(samples, { longestBakeMs: 100_000, tau: undefined, tauSource: 'none' });
    expect(short).toMatchObject({ decision: 'hold', reason: 'LONGEST_BAKE', escalate: true });
    const long = decide(samples, { longestBakeMs: 600_000, tau: undefined, tauSource: 'none' });
    expect(long.reason).not.toBe('LONGEST_BAKE');
  });
});

describe('data that is missing or wrong', () => {
  const good = world({ ...BUSY, stableFails: 0.001, currentFails: 0.05 });

  it('asks after the longest silence, and never proceeds on it', () => {
    const silent = good.map((sample) => ({ ...sample, strata: [] }));
    expect(decide(silent)).toMatchObject({ decision: 'hold', reason: 'NO_DATA', escalate: true });
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinite', Infinity],
    ['negative', -1],
  ])('treats %s counters of a cohort as missing', (_name, bad) => {
    const broken = good.map((sample) => mapStable(sample, (series) => ({ ...series, bad })));
    expect(decide(broken)).toMatchObject({ decision: 'hold', reason: 'NO_DATA' });
  });

  it('counts a restarted counter from zero and loses no request', () => {
    const cut = 10;
    const before = good[cut]!.strata[0]!.stable[0]!;
    const restarted = good.map((sample, index) =>
      index <= cut
        ? sample
        : mapStable(sample, (s) => ({ ...s, requests: s.requests - before.requests, bad: s.bad - before.bad })),
    );
    expect(fold(restarted).totals.stable).toEqual(fold(good).totals.stable);
  });

  it('carries the sum over missed scrapes', () => {
    const sparse = good.filter((_, index) => index === 0 || index % 3 === 0);
    expect(fold(sparse).totals).toEqual(fold(good).totals);
  });

  it('treats a frozen source as silence', () => {
    const frozen = good.map((sample, index) => (index < 2 ? sample : { at: sample.at, strata: good[1]!.strata }));
    expect(decide(frozen).reason).toBe('NO_DATA');
  });

  it('says that the split is wrong when a weighted revision gets nothing', () => {
    expect(decide(world({ ...BUSY, share: 0, stableFails: 0, currentFails: 0.05 }))).toMatchObject({
      decision: 'hold',
      reason: 'SPLIT_MISMATCH',
      escalate: true,
    });
  });

  it('moves on without judging only when neither revision has traffic', () => {
    const idle = world({ perInterval: 0, share: 0.25, stableFails: 0, currentFails: 0, intervals: 20 });
    expect(decide(idle)).toMatchObject({ decision: 'proceed', reason: 'NOTHING_TO_JUDGE' });
  });

  it('asks when counters stand still after there was traffic: nobody gets through, or the source is frozen', () => {
    const idle = world({ perInterval: 0, share: 0.25, stableFails: 0, currentFails: 0, intervals: 20 });
    const silent = { decision: 'hold', reason: 'NO_TRAFFIC', escalate: true };
    expect(decide(idle, { trafficSeen: true })).toMatchObject(silent);
    const early = good.slice(0, 3);
    const still = world({ ...BUSY, share: 0.25, stableFails: 0, currentFails: 0, intervals: 30 });
    const last = early.at(-1)!;
    const frozen = [
      ...early,
      ...still.slice(3).map((sample) => ({
        at: sample.at,
        strata: last.strata.map((stratum) => ({
          ...stratum,
          current: stratum.current.map((series) => ({ ...series, at: sample.at })),
          stable: stratum.stable.map((series) => ({ ...series, at: sample.at })),
        })),
      })),
    ];
    expect(decide(frozen)).toMatchObject(silent);
  });

  it('asks at thin traffic, and advances only where the policy and the probes allow', () => {
    const thin = world({ perInterval: 1, share: 1, stableFails: 0, currentFails: 0, intervals: 25 });
    const short = { longestBakeMs: 200_000, mode: 'absolute' as const };
    expect(decide(thin, short)).toMatchObject({ decision: 'hold', reason: 'THIN' });
    expect(decide(thin, { ...short, onThinEvidence: 'advance' })).toMatchObject({
      decision: 'proceed',
      reason: 'THIN',
    });
    expect(decide(thin, { ...short, onThinEvidence: 'advance', probesPass: false })).toMatchObject({
      decision: 'hold',
      reason: 'THIN',
    });
  });
});

describe('a phase without a control cohort', () => {
  const alone = (stableFails: number) => world({ ...BUSY, share: 1, stableFails, currentFails: 0 });

  it('proceeds once the target is proven met', () => {
    expect(decide(alone(0.001), { mode: 'absolute' })).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
  });

  it('halts once it is proven missed', () => {
    expect(decide(alone(0.05), { mode: 'absolute' })).toMatchObject({ decision: 'halt', reason: 'PERSISTS' });
  });

  it('never proceeds without a target to hold it against', () => {
    const verdict = decide(alone(0), { mode: 'absolute', tau: undefined, tauSource: 'none' });
    expect(verdict).toMatchObject({ decision: 'hold', reason: 'LONGEST_BAKE' });
  });
});

describe('watching for harm', () => {
  it('stays silent while the old revision does better', () => {
    expect(watchHarm(fold(world({ ...BUSY, stableFails: 0.001, currentFails: 0.05 })))).toBeUndefined();
  });

  it('speaks when it does worse', () => {
    const harm = watchHarm(
      fold(world({ ...BUSY, stableFails: 0.2, currentFails: 0.04, intervals: 6 }), { mode: 'no-harm' }),
    );
    expect(harm).toMatchObject({ decision: 'halt', reason: 'WORSE' });
  });

  it('speaks of a new problem when everything was moved and fails', () => {
    const samples = world({ ...BUSY, share: 1, stableFails: 0.1, currentFails: 0, intervals: 6 });
    expect(watchHarm(fold(samples, { mode: 'no-harm' }))).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM' });
  });

  it('breaks the circuit inside the settle time when most requests fail', () => {
    const samples = world({ ...BUSY, stableFails: 0.9, currentFails: 0.05, intervals: 2 });
    expect(decide(samples, { settleMs: 600_000 })).toMatchObject({ decision: 'halt', reason: 'WORSE' });
  });

  it.each([
    ['breaks no circuit there while the old revision, bad as it is, does better', 0.6, 0.9, 'NOT_ENOUGH_EVIDENCE'],
    ['asks there when both drown', 0.7, 0.6, 'COUPLED'],
  ] as const)('%s', (_name, stableFails, currentFails, reason) => {
    const samples = world({ ...BUSY, stableFails, currentFails, intervals: 6 });
    expect(decide(samples, { settleMs: 600_000 })).toMatchObject({ decision: 'hold', reason });
  });
});

describe('whatever the samples', () => {
  const sampleLog = fc.array(
    fc.record({
      stable: fc.option(fc.record({ n: fc.nat(300), share: fc.double({ min: 0, max: 1, noNaN: true }) }), { freq: 4 }),
      current: fc.option(fc.record({ n: fc.nat(300), share: fc.double({ min: 0, max: 1, noNaN: true }) }), { freq: 4 }),
    }),
    { minLength: 1, maxLength: 40 },
  );

  function toSamples(
    log: readonly { stable: { n: number; share: number } | null; current: { n: number; share: number } | null }[],
  ): Sample[] {
    const totals = { stable: { requests: 0, bad: 0 }, current: { requests: 0, bad: 0 } };
    return log.map((entry, index) => {
      const at = START + (index + 1) * 10_000;
      const cohort = (name: 'stable' | 'current') => {
        const added = entry[name];
        if (!added) return [];
        totals[name].requests += added.n;
        totals[name].bad += Math.floor(added.n * added.share);
        return [{ series: name, ...totals[name], at }];
      };
      return { at, strata: [{ target: 'eu', stable: cohort('stable'), current: cohort('current') }] };
    });
  }

  it('gives the same verdict in one go, or stored and resumed anywhere', () => {
    fc.assert(
      fc.property(sampleLog, fc.nat(40), (log, cut) => {
        const samples = toSamples(log);
        const half = fold(samples.slice(0, cut));
        const resumed = samples.slice(cut).reduce(observe, handedOn(half));
        expect(judge(resumed)).toEqual(judge(fold(samples)));
      }),
      { numRuns: 300 },
    );
  });

  it('takes each sample once, also when it is delivered twice', () => {
    fc.assert(
      fc.property(sampleLog, (log) => {
        const samples = toSamples(log);
        expect(fold(samples.flatMap((sample) => [sample, sample]))).toEqual(fold(samples));
      }),
      { numRuns: 200 },
    );
  });

  it('never proceeds when the old revision was never seen', () => {
    fc.assert(
      fc.property(sampleLog, (log) => {
        const samples = toSamples(log.map((entry) => ({ ...entry, stable: null })));
        for (let n = 1; n <= samples.length; n += 1) expect(judge(fold(samples.slice(0, n))).decision).toBe('hold');
      }),
      { numRuns: 200 },
    );
  });
});

function mapStable(
  sample: Sample,
  change: (series: Sample['strata'][number]['stable'][number]) => Sample['strata'][number]['stable'][number],
): Sample {
  return { ...sample, strata: sample.strata.map((stratum) => ({ ...stratum, stable: stratum.stable.map(change) })) };
}

function withStableBad(sample: Sample, bad: number): Sample {
  return mapStable(sample, (series) => ({ ...series, bad: series.bad + bad }));
}
