import { judge, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings, Verdict } from '../../../src/domain/judge';
import { decide, settings, world } from './support';

const BUSY = { perInterval: 1_000, share: 0.25, intervals: 60 };

/** The verdict after every sample. */
function told(samples: ReturnType<typeof world>, change: Partial<JudgeSettings> = {}): readonly Verdict[] {
  let state = openJudge(settings(change));
  return samples.map((sample) => {
    state = observe(state, sample);
    return judge(state);
  });
}

describe('the ratio that is shown to people', () => {
  it('is bounded by what help needs, once help is proven', () => {
    const { reason, ratio, ratioInterval, text } = decide(world({ ...BUSY, stableFails: 0.001, currentFails: 0.05 }));
    expect(reason).toBe('HELPING');
    expect(ratioInterval?.high).toBeLessThanOrEqual(0.7);
    expect(ratioInterval?.high).toBeGreaterThan(ratio!);
    expect(text).toMatch(
      /at most 0\.\d\d times as often \(which is wrong in at most 1 of 20 [^)]*\); needed at most 0\.7 times/,
    );
  });

  it('lies on both sides of what was counted, once both are known well', () => {
    const verdict = decide(world({ ...BUSY, stableFails: 0.05, currentFails: 0.05 }));
    expect(verdict.reason).toBe('NOT_HELPING');
    expect(verdict.ratioInterval!.low).toBeGreaterThan(0.3);
    expect(verdict.ratioInterval!.low).toBeLessThan(verdict.ratio!);
    expect(verdict.ratioInterval!.high).toBeGreaterThan(verdict.ratio!);
    expect(verdict.text).toMatch(/did not halve the failures: 0\.\d\d to \d\.\d times as often/);
  });

  it('contains the true ratio at every look in at least 9 of 10 lives, each end in 19 of 20', () => {
    const lives = 100;
    let [above, below] = [0, 0];
    for (let seed = 0; seed < lives; seed += 1) {
      const rates = { perInterval: 200, share: 0.3, stableFails: 0.03, currentFails: 0.06, intervals: 30, seed };
      const looks = told(world(rates), { longestBakeMs: 0, tau: undefined, tauSource: 'none' });
      const intervals = looks.flatMap(({ ratioInterval }) => ratioInterval ?? []);
      expect(intervals.length).toBeGreaterThan(20);
      if (intervals.some(({ high }) => high !== undefined && high < 0.5)) above += 1;
      if (intervals.some(({ low }) => low > 0.5)) below += 1;
    }
    const simulationError = 3 * Math.sqrt((0.05 * 0.95) / lives);
    expect(above / lives).toBeLessThanOrEqual(0.05 + simulationError);
    expect(below / lives).toBeLessThanOrEqual(0.05 + simulationError);
  });

  it('is bounded by nothing while nothing was counted, and not there where one revision had no requests', () => {
    const silent = world({ ...BUSY, share: 1, stableFails: 0.001, currentFails: 0 });
    expect(decide(silent, { mode: 'absolute' })).not.toHaveProperty('ratioInterval');
    const clean = decide(world({ ...BUSY, stableFails: 0, currentFails: 0 }), { tau: undefined, tauSource: 'none' });
    expect(clean.ratioInterval).toEqual({ low: 0 });
  });
});

describe('how far the evidence has come', () => {
  it('rises from nothing to one on the side that decides', () => {
    const helping = told(world({ perInterval: 40, share: 0.5, stableFails: 0, currentFails: 0.1, intervals: 30 }));
    const upTo = helping.slice(0, helping.findIndex(({ decision }) => decision === 'proceed') + 1);
    expect(upTo[0]?.meter).toEqual({ proceed: 0, halt: 0 });
    expect(upTo.at(-1)?.meter?.proceed).toBe(1);
    expect(upTo.slice(0, -1).every(({ meter }) => (meter?.proceed ?? 1) < 1)).toBe(true);
    const failing = told(world({ perInterval: 40, share: 0.5, stableFails: 0.1, currentFails: 0.1, intervals: 60 }));
    expect(failing.find(({ decision }) => decision === 'halt')?.meter?.halt).toBe(1);
  });

  it('never says one towards a proceed while stable misses the target', () => {
    const looks = told(world({ ...BUSY, stableFails: 0.02, currentFails: 0.2 }), { longestBakeMs: Infinity });
    expect(looks.every(({ meter }) => (meter?.proceed ?? 1) < 1)).toBe(true);
  });
});

describe('when a verdict is expected', () => {
  it('is told from the gain of the last intervals, and comes about then', () => {
    const looks = told(world({ perInterval: 60, share: 0.25, stableFails: 0, currentFails: 0.05, intervals: 40 }));
    const decidedAt = looks.find(({ decision }) => decision === 'proceed')!.observedMs;
    const early = looks.find(({ etaMs }) => etaMs !== undefined)!;
    expect(early.text).toMatch(/at this rate about \d+ s more/);
    const late = looks.filter(({ observedMs }) => observedMs >= decidedAt / 2 && observedMs < decidedAt);
    for (const { etaMs, observedMs } of late) {
      expect(observedMs + etaMs!).toBeGreaterThan(decidedAt / 2);
      expect(observedMs + etaMs!).toBeLessThan(2 * decidedAt);
    }
  });

  it('is not told where the evidence leads to none before the longest bake, which is said instead', () => {
    const between = world({ perInterval: 20, share: 0.25, stableFails: 0.02, currentFails: 0.033, intervals: 30 });
    const last = told(between, { tau: undefined, tauSource: 'none' }).at(-1)!;
    expect(last).not.toHaveProperty('etaMs');
    expect(last.text).toContain('at this rate no verdict is expected before the longest bake');
  });
});
