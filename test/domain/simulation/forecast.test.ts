import { BURSTY, forecastOf, playRuns, rehearsalOf, spread } from '../../../src/domain/simulation';
import type { Forecast, Incident } from '../../../src/domain/simulation';
import type { ServicePolicy } from '../../../src/domain/policy/policy';
import { planInput, planned, policyOf, targets, withTraffic } from '../plan/support/plans';
import { POLICY } from '../rollback/support/fixtures';

const TIMING = {
  ...POLICY.timing,
  intervalMs: 10_000,
  settleMs: 0,
  longestBakeMs: 600_000,
  noDataMs: 180_000,
  quietMs: 60_000,
};
const SHIFT_MS = 5_000;
const SEED = 777;
const BASELINE = 0.001;
const helps: Incident = { traffic: { eu: 100, us: 50 }, current: 0.05, stable: 0.001 };

type Options = Partial<Pick<ServicePolicy, 'pace' | 'onCoupled'>> & {
  runs?: number;
  seed?: number;
  firstShare?: number;
};

function forecast(incident: Incident, options: Options = {}): Forecast {
  const { runs = 60, seed = SEED, firstShare, pace, ...rest } = options;
  const names = Object.keys(incident.traffic);
  const timing = { ...TIMING, reliefWithinMs: Number.MAX_SAFE_INTEGER };
  const policy = policyOf(targets(...names), { timing, ...rest });
  const usual = planInput(targets(...names));
  const asked = { ...usual, policy, request: { ...usual.request, ...(pace ? { pace } : {}) } };
  const input = withTraffic(asked, incident.traffic, incident.current);
  const plan = planned(input);
  const [first] = plan.phases;
  const only =
    first && firstShare !== undefined ? [{ ...first, weights: [{ target: 'eu', weight: firstShare }] }] : undefined;
  const rehearsal = rehearsalOf(policy, only ? { ...plan, phases: only } : plan);
  return forecastOf(
    [...playRuns(rehearsal, incident, { runs, seed, baseline: BASELINE })],
    rehearsal,
    incident,
    BASELINE,
  );
}

describe('what a plan is expected to do', () => {
  it('goes back to the end where going back helps, and spares most of what one would have failed', () => {
    const { finished, right, phases, wrongHalt, exposed, failed, reliefMs, durationMs } = forecast(helps);
    expect({ right, finished }).toEqual({ right: 'goOn', finished: 1 });
    expect(wrongHalt).toBe(0);
    expect(phases.every(({ proceeded }) => proceeded === 1)).toBe(true);
    expect(reliefMs).toEqual(durationMs);
    expect(failed.atOnce.p50).toBeLessThan(failed.phased.p50);
    expect(failed.phased.p50).toBeLessThan(failed.idle.p50);
    expect(exposed.atOnce.p50).toBeLessThan(exposed.phased.p50);
    expect(exposed.phased.p50).toBeLessThan(exposed.idle.p50);
  });

  it('counts as exposed what the suspect serves, failed or not: all of it where nothing is done, five seconds in one jump', () => {
    const { exposed, failed, durationMs } = forecast(helps, { runs: 21 });
    const perSecond = 150;
    expect(exposed.idle.p50).toBeCloseTo((perSecond * durationMs.p50) / 1_000);
    expect(exposed.atOnce).toEqual({ p50: (perSecond * SHIFT_MS) / 1_000, p95: (perSecond * SHIFT_MS) / 1_000 });
    expect(failed.idle.p50).toBeCloseTo(helps.current * exposed.idle.p50);
    expect(exposed.phased.p50).toBeGreaterThan(failed.phased.p50);
  });

  it('stops in the first phase where the cause is elsewhere, and says so', () => {
    const { finished, right, stops, wrongProceed } = forecast({ ...helps, stable: 0.05 });
    expect({ right, finished, wrongProceed }).toEqual({ right: 'stop', finished: 0, wrongProceed: 0 });
    expect(stops[0]).toMatchObject({ phase: 1, decision: 'halt', reason: 'NOT_HELPING' });
    expect(stops.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it('widens to exactly half, once, where both fail together and the policy says so', () => {
    const drowning = { traffic: { eu: 100, us: 50 }, current: 0.7, stable: 0.69 };
    const asked = forecast(drowning, { pace: 'surgical' });
    expect(asked.stops[0]).toMatchObject({ phase: 1, decision: 'hold', reason: 'COUPLED' });
    const { stops, phases } = forecast(drowning, { pace: 'surgical', onCoupled: 'widen' });
    expect(phases.slice(0, 3)).toMatchObject([
      { phase: 1, proceeded: 1 },
      { phase: 1, name: 'eu 50 %', widened: true, begun: 1, proceeded: 0 },
      { phase: 2, begun: 0 },
    ]);
    expect(stops[0]).toMatchObject({ phase: 1, widened: true, decision: 'hold', reason: 'COUPLED' });
  });

  it('fails fewer than one jump would where the old revision is worse, and leaves more on the suspect', () => {
    const { exposed, failed, stops } = forecast({ ...helps, stable: 0.2 });
    expect(stops[0]).toMatchObject({ phase: 1, decision: 'halt', reason: 'WORSE' });
    expect(failed.phased.p50).toBeLessThan(failed.atOnce.p50);
    expect(exposed.phased.p50).toBeGreaterThan(exposed.atOnce.p50);
  });

  it('makes the same runs of the same seed, and others of another', () => {
    const bursty = { ...helps, ...BURSTY };
    expect(forecast(bursty, { runs: 15 })).toEqual(forecast(bursty, { runs: 15 }));
    expect(forecast(bursty, { runs: 15 }).durations).not.toEqual(forecast(bursty, { runs: 15, seed: 778 }).durations);
  });

  it('never halts rightly and wrongly at once: between the margins neither is right', () => {
    const { right, wrongHalt, wrongProceed } = forecast({ ...helps, current: 0.012, stable: 0.0075 }, { runs: 20 });
    expect({ right, wrongHalt, wrongProceed }).toEqual({ right: 'either' });
  });

  // Medians of the cost of evidence, in seconds; each is a multiple of the interval, and so is their simulation error.
  it.each([
    { rps: 3, share: 25, stable: 0.001, seconds: 160, within: 30 },
    { rps: 10, share: 10, stable: 0.001, seconds: 110, within: 20 },
    { rps: 10, share: 25, stable: 0.001, seconds: 50, within: 10 },
    { rps: 30, share: 10, stable: 0.05, seconds: 60, within: 10 },
    { rps: 100, share: 25, stable: 0.001, seconds: 20, within: 0 },
  ])('takes $seconds s for a phase of $share % at $rps requests a second (old $stable)', (cell) => {
    const incident = { traffic: { eu: cell.rps }, current: 0.05, stable: cell.stable };
    const { phases } = forecast(incident, { runs: 120, firstShare: cell.share });
    const seconds = ((phases[0]?.ms?.p50 ?? 0) - SHIFT_MS) / 1_000;
    expect(Math.abs(seconds - cell.seconds)).toBeLessThanOrEqual(cell.within);
  });

  it('plays a real past again: what it failed decides, and the chance is in the split alone', () => {
    const calm = Array.from({ length: 40 }, () => ({ requests: 1_000, bad: 1 }));
    const bad = Array.from({ length: 40 }, () => ({ requests: 1_000, bad: 60 }));
    const past = (intervals: typeof bad): Incident => ({
      traffic: { eu: 100 },
      current: 0.06,
      stable: 0.001,
      trace: { eu: intervals.map((current) => ({ current })) },
    });
    expect(forecast(past(bad), { runs: 50 }).finished).toBe(1);
    expect(forecast(past(calm), { runs: 50 }).stops[0]).toMatchObject({
      phase: 1,
      decision: 'hold',
      reason: 'SYMPTOM_GONE',
    });
  });
});

describe('a spread', () => {
  it('is the middle and what one in twenty exceeds', () => {
    expect(spread(Array.from({ length: 100 }, (_, index) => 100 - index))).toEqual({ p50: 50, p95: 95 });
    expect(spread([])).toEqual({ p50: 0, p95: 0 });
  });
});
