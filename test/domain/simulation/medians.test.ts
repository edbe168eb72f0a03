import { firstShare, judgeRecorded, observeRecorded, openRecorded } from '../../../src/domain/judge';
import { generator, simulatePhase } from '../../../src/domain/simulation';

const TIMING = { intervalSeconds: 10, history: 30, intervals: 60 };
const POLICY = { objective: 0.01, baseline: 0.001, intervalMs: 10_000, settleMs: 0, longestBakeMs: 600_000 };
const LIVES = 41;
const SHARES = [10, 25, 50] as const;

/** Middle of the seconds until a verdict; a person is asked after 600. */
function medianSeconds(requestsPerSecond: number, share: number, stable: number): number {
  const world = { requestsPerSecond, share: share / 100, stable, current: 0.05 };
  const seconds = Array.from({ length: LIVES }, (_, run) => {
    const { history, samples } = simulatePhase(world, generator(2_026, run), TIMING);
    let state = openRecorded({ ...POLICY, guardrails: [] }, history);
    for (const sample of samples) {
      state = observeRecorded(state, sample);
      if (judgeRecorded(state).final) return sample.at / 1_000;
    }
    return 600;
  });
  return seconds.toSorted((a, b) => a - b)[(LIVES - 1) / 2]!;
}

/** By requests a second: medians at 10, 25 and 50 %, of stable that fails 0.1 %, and of one that fails as much as current. */
const MEDIANS = [
  { perSecond: 1, helps: [600, 490, 310], equal: [600, 480, 250] },
  { perSecond: 3, helps: [350, 160, 100], equal: [390, 160, 90] },
  { perSecond: 10, helps: [110, 50, 30], equal: [130, 60, 40] },
  { perSecond: 30, helps: [40, 20, 20], equal: [60, 30, 20] },
  { perSecond: 100, helps: [20, 20, 20], equal: [30, 20, 20] },
] as const;

describe('the seconds that a verdict takes by traffic and share, current failing 5 %', () => {
  it.each(MEDIANS)('are what the table says at $perSecond requests a second', ({ perSecond, helps, equal }) => {
    for (const [stable, expected] of [
      [0.001, helps],
      [0.05, equal],
    ] as const) {
      for (const [index, share] of SHARES.entries()) {
        const seconds = medianSeconds(perSecond, share, stable);
        expect(seconds).toBeGreaterThanOrEqual(0.75 * expected[index]! - 10);
        expect(seconds).toBeLessThanOrEqual(1.25 * expected[index]! + 10);
      }
    }
  });

  it.each([3, 10, 30, 300])('are within three minutes at the first share for %d requests a second', (perSecond) => {
    expect(medianSeconds(perSecond, firstShare(perSecond), 0.001)).toBeLessThanOrEqual(180);
  });
});
