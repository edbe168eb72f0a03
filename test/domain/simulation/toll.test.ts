import { tollOf } from '../../../src/domain/simulation/toll';
import type { Incident } from '../../../src/domain/simulation';

const INTERVAL_MS = 10_000;
const INCIDENT: Incident = { traffic: { eu: 100, us: 50 }, current: 0.05, stable: 0.01 };
const nothing = new Map<string, number>();

describe('what some time of a run costs', () => {
  it('is every request on the suspect as exposed, and the failed ones of both revisions', () => {
    const toll = tollOf(INCIDENT, 0, INTERVAL_MS);
    expect(toll(nothing, 0, 20_000)).toEqual({ exposed: 3_000, failed: 150 });
    const half = toll(new Map([['eu', 50]]), 0, 20_000);
    expect(half.exposed).toBe(2_000);
    expect(half.failed).toBeCloseTo(2_000 * 0.05 + 1_000 * 0.01);
    const all = toll(
      new Map([
        ['eu', 100],
        ['us', 100],
      ]),
      0,
      20_000,
    );
    expect(all).toEqual({ exposed: 0, failed: 30 });
  });

  it('follows the requests of a real past, from the place where the run began, begun anew where it ends', () => {
    const counts = [
      { requests: 1_000, bad: 0 },
      { requests: 3_000, bad: 3_000 },
    ];
    const trace = { eu: counts.map((current) => ({ current })) };
    const toll = tollOf({ ...INCIDENT, traffic: { eu: 200 }, trace }, 1, INTERVAL_MS);
    expect(toll(nothing, 0, INTERVAL_MS).exposed).toBe(3_000);
    expect(toll(nothing, 0, 2 * INTERVAL_MS).exposed).toBe(4_000);
    expect(toll(nothing, 5_000, 15_000).exposed).toBe(2_000);
    expect(toll(new Map([['eu', 75]]), 0, INTERVAL_MS).exposed).toBe(750);
    expect(toll(nothing, 0, INTERVAL_MS).failed).toBeGreaterThan(2_900);
  });

  it('takes an interval that was not measured to be like all others', () => {
    const toll = tollOf({ ...INCIDENT, traffic: { eu: 100 }, trace: { eu: [null] } }, 0, INTERVAL_MS);
    expect(toll(nothing, 0, INTERVAL_MS)).toEqual({ exposed: 1_000, failed: 50 });
  });
});
