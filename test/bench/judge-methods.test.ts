import { generator } from '../../src/domain/simulation';
import type { Random } from '../../src/domain/simulation';

type Counts = Readonly<Record<string, number>>;
interface Look {
  readonly seconds: number;
  readonly stable?: Counts;
  readonly current?: Counts;
}
interface Answer {
  readonly says: 'proceed' | 'hold' | 'halt';
  readonly seconds: number;
}
type Method = (seen: { looks: readonly Look[]; limits: Counts }) => Answer;
type Rule = (seen: { difference: number; variance: number; requests: number }) => 'proceed' | 'halt' | undefined;

const { argo, flagger } = require('../../bench/judge/thresholds') as Record<
  'argo' | 'flagger',
  (settings: object) => Method
>;
const { kayenta, shiftOf } = require('../../bench/judge/kayenta') as {
  kayenta: (settings: object) => Method;
  shiftOf: (x: readonly number[], y: readonly number[]) => { low: number; high: number; shift: number };
};
const { confidenceSequence, fixedLines } = require('../../bench/judge/sequential') as {
  confidenceSequence: (toProceed: number, toHalt: number) => Rule;
  fixedLines: (toProceed: number, toHalt: number) => Rule;
};
const { looksOf } = require('../../bench/judge/looks') as { looksOf: (samples: readonly object[]) => readonly Look[] };

const LIMITS = { bad: 0.01 };
const looks = (entries: readonly (readonly [bad: number, requests: number] | undefined)[]): readonly Look[] =>
  entries.map((entry, index) => {
    const seconds = (index + 1) * 10;
    return entry ? { seconds, stable: { requests: entry[1], bad: entry[0] } } : { seconds };
  });
const steady = (bad: number, length = 60) => looks(Array.from({ length }, () => [bad, 100] as const));
const silent = looks(Array.from({ length: 60 }, () => undefined));

describe('what others see', () => {
  it('is what each scrape added; one that is missing adds to the next, a counter that fell has begun again', () => {
    const at = (seconds: number, requests: number, bad: number) => ({
      at: seconds * 1_000,
      stable: { requests, bad, guardrails: { latency: bad } },
      current: null,
    });
    const seen = looksOf([at(10, 100, 1), { ...at(20, 0, 0), stable: null }, at(30, 320, 4), at(40, 50, 2)]);
    expect(seen.map(({ stable }) => stable)).toEqual([
      { requests: 100, bad: 1, latency: 1 },
      undefined,
      { requests: 220, bad: 3, latency: 3 },
      { requests: 50, bad: 2, latency: 2 },
    ]);
  });
});

describe('Argo Rollouts in the benchmark', () => {
  const slow = argo({ everyS: 60, windowS: 60, count: 5, failureLimit: 0 });

  it('goes on after all measurements and stops at the first that fails', () => {
    expect(slow({ looks: steady(0), limits: LIMITS })).toMatchObject({ says: 'proceed', seconds: 300 });
    expect(slow({ looks: steady(5), limits: LIMITS })).toMatchObject({ says: 'halt', seconds: 60 });
  });

  it('stops after five measurements in a row without data', () => {
    expect(slow({ looks: silent, limits: LIMITS })).toMatchObject({ says: 'halt', seconds: 300 });
  });
});

describe('Flagger in the benchmark', () => {
  const fast = flagger({ everyS: 10, windowS: 30, threshold: 5 });

  it('goes on at the first check that passes and stops at the fifth that fails, also for want of data', () => {
    expect(fast({ looks: steady(0), limits: LIMITS })).toMatchObject({ says: 'proceed', seconds: 10 });
    expect(fast({ looks: steady(5), limits: LIMITS })).toMatchObject({ says: 'halt', seconds: 50 });
    expect(fast({ looks: silent, limits: LIMITS })).toMatchObject({ says: 'halt', seconds: 50 });
  });

  it('looks at every limit', () => {
    const seen = looks([[0, 100]]).map((look) => ({ ...look, stable: { ...look.stable, latency: 20 } }));
    expect(fast({ looks: seen, limits: { bad: 0.01, latency: 0.05 } }).says).toBe('hold');
  });
});

describe('Kayenta in the benchmark', () => {
  const bake = kayenta({ bakeS: 120 });
  const both = (stable: (index: number) => number, current: (index: number) => number): readonly Look[] =>
    Array.from({ length: 12 }, (_, index) => ({
      seconds: (index + 1) * 10,
      stable: { requests: 1_000, bad: stable(index) },
      current: { requests: 1_000, bad: current(index) },
    }));
  const says = (seen: readonly Look[]) => bake({ looks: seen, limits: LIMITS });

  it('estimates the shift of two samples and its interval as a rank test does', () => {
    const x = [0.73, 0.8, 0.83, 1.04, 1.38, 1.45, 1.46, 1.64, 1.89, 1.91];
    const y = [0.74, 0.88, 0.9, 1.15, 1.21];
    const differences = x.flatMap((a) => y.map((b) => a - b)).toSorted((a, b) => a - b);
    const { low, high, shift } = shiftOf(x, y);
    expect(shift).toBeCloseTo((differences[24]! + differences[25]!) / 2, 1);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0.5);
  });

  it('goes on where stable is clearly lower, and stops where nothing differs or stable is higher', () => {
    expect(
      says(
        both(
          (k) => 1 + (k % 2),
          (k) => 50 + k,
        ),
      ),
    ).toMatchObject({ says: 'proceed', seconds: 120 });
    expect(
      says(
        both(
          (k) => 50 + k,
          (k) => 61 - k,
        ),
      ).says,
    ).toBe('halt');
    expect(
      says(
        both(
          (k) => 150 + k,
          (k) => 50 + k,
        ),
      ).says,
    ).toBe('halt');
  });

  it('says nothing where a cohort has no data', () => {
    expect(says(steady(0, 12)).says).toBe('hold');
  });
});

describe('lines of repeated tests in the benchmark', () => {
  /** How often a standard walk that never leaves the margin is ever refuted on its lower side. */
  const everRefuted = (rule: Rule, lookCount: number, requestsPerLook: number): number => {
    const runs = 3_000;
    let refuted = 0;
    for (let run = 0; run < runs; run += 1) {
      const random = generator(11, run);
      let sum = 0;
      for (let look = 1; look <= lookCount; look += 1) {
        sum += standardNormal(random);
        if (rule({ difference: sum / look, variance: 1 / look, requests: look * requestsPerLook }) !== 'proceed')
          continue;
        refuted += 1;
        break;
      }
    }
    return refuted / runs;
  };

  it('are crossed by chance in 5 and 2 of 100 runs of 60 looks, where the lines pay for them', () => {
    expect(everRefuted(fixedLines(2.545, Infinity), 60, 1)).toBeCloseTo(0.05, 1.8);
    expect(everRefuted(fixedLines(2.895, Infinity), 60, 1)).toBeCloseTo(0.02, 1.8);
  });

  it('are crossed in many where a test of one look is repeated', () => {
    expect(everRefuted(fixedLines(1.645, Infinity), 60, 1)).toBeGreaterThan(0.25);
  });

  it('hold at any number of looks where they are a confidence sequence and errors are normal', () => {
    expect(everRefuted(confidenceSequence(0.05, 0.01), 100, 100)).toBeLessThan(0.05);
  });
});

function standardNormal(random: Random): number {
  let sum = -6;
  for (let term = 0; term < 12; term += 1) sum += random();
  return sum;
}
