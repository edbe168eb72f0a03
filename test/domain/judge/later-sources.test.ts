import { judge, lookOf, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings, JudgeState, Verdict } from '../../../src/domain/judge';
import type { Sample, SeriesReading } from '../../../src/domain/judge/sample';
import { handedOn, settings, START } from './support';

const SECOND = 1_000;
const BEFORE_MS = 600_000;
const LATER_MS = 90_000;

interface Beside {
  /** How much later than the symptom's the guardrail's data come. */
  readonly laterMs: number;
  /** How often its source measures. */
  readonly everyMs?: number;
  readonly slowStable?: number;
  /** After this time of its own the source says nothing new. */
  readonly endsAt?: number;
  /** How much older than its source promises everything is that it says. */
  readonly behindMs?: number;
}

/** Steady counters as of `at`: 400 requests in ten seconds, of stable since the phase began. */
function counters(at: number, badOfStable: number, badOfCurrent: number, everyMs?: number) {
  const of = (sinceMs: number, share: number): readonly SeriesReading[] => {
    if (sinceMs <= 0) return [];
    const requests = Math.round((400 * sinceMs) / 10_000);
    return [
      {
        series: 'one',
        requests,
        bad: Math.round(requests * share),
        at,
        startedAt: at - sinceMs,
        ...(everyMs === undefined ? {} : { everyMs }),
      },
    ];
  };
  return [{ target: 'eu', stable: of(at - START, badOfStable), current: of(at - START + BEFORE_MS, badOfCurrent) }];
}

function sampleAt(tick: number, source: Beside): Sample {
  const { laterMs, everyMs = 30_000, slowStable = 0.02, endsAt = Infinity, behindMs = 0 } = source;
  const at = START + tick * 10_000;
  const measured = Math.floor(Math.min(at - laterMs - behindMs, endsAt) / everyMs) * everyMs;
  return {
    at,
    strata: counters(at, 0.001, 0.05),
    guardrails: { latency: counters(measured, slowStable, 0.02, everyMs) },
  };
}

interface Played {
  readonly verdict: Verdict;
  readonly state: JudgeState;
  readonly ticks: number;
}

function played(source: Beside, change: Partial<JudgeSettings> = {}, mostTicks = 60): Played {
  const guardrails = [{ name: 'latency', laterMs: source.laterMs }];
  let state = openJudge(settings({ minIntervals: 2, guardrails, ...change }));
  for (let tick = 1; tick <= mostTicks; tick += 1) {
    state = handedOn(observe(state, sampleAt(tick, source)));
    const verdict = judge(state);
    if (verdict.decision !== 'hold' || verdict.escalate) return { verdict, state, ticks: tick };
  }
  return { verdict: judge(state), state, ticks: mostTicks };
}

describe('a guardrail whose source tells later than the symptom', () => {
  it('is proven unharmed by what its source has told, so much later', () => {
    const { verdict, ticks } = played({ laterMs: LATER_MS });
    expect(verdict).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
    expect(verdict.guardrails).toMatchObject([{ name: 'latency', standing: 'unharmed' }]);
    expect(ticks * 10 * SECOND).toBeGreaterThan(LATER_MS);
  });

  it('stops a phase that it shows to be harmed', () => {
    const { verdict } = played({ laterMs: LATER_MS, slowStable: 0.3 });
    expect(verdict).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'latency' });
  });

  it('is as good as one beside the symptom: what it has shown by its own time is the same', () => {
    const own = (laterMs: number, ticks: number) =>
      played({ laterMs }, { minIntervals: 9, guardProof: 'required' }, ticks).state.guardrails['latency'];
    const [beside, later] = [own(0, 9), own(LATER_MS, 18)];
    expect(later).toMatchObject({ kind: 'counts', lastPairAt: beside?.lastPairAt });
    expect(later?.kind === 'counts' && beside?.kind === 'counts' && later.totals).toEqual(
      beside?.kind === 'counts' && beside.totals,
    );
  });

  it('counts nothing for or against it before its own time is past the settle time', () => {
    const source = { laterMs: LATER_MS, slowStable: 0.3 };
    const change = { settleMs: 60_000 };
    const logs = (ticks: number) => {
      const latency = played(source, { ...change, minIntervals: 9 }, ticks).state.guardrails['latency'];
      return latency?.kind === 'counts' ? latency.bad.logs.some((log) => log !== 0) : undefined;
    };
    expect(logs(15)).toBe(false);
    expect(logs(18)).toBe(true);
  });

  it('is missing data once its source says nothing new by its own time', () => {
    const { verdict, ticks } = played(
      { laterMs: LATER_MS, endsAt: START + 30_000 },
      { guardProof: 'required', minIntervals: 9 },
    );
    expect(verdict).toMatchObject({ decision: 'hold', reason: 'NO_DATA', escalate: true, guardrail: 'latency' });
    expect(ticks * 10 * SECOND).toBeLessThanOrEqual(30_000 + LATER_MS + 45_000 + 180_000 + 10_000);
  });

  it('is not asked about before it can have told anything, and is where it never does', () => {
    const never = played({ laterMs: LATER_MS, endsAt: START - 60_000 }, { noDataMs: 60_000, minIntervals: 9 });
    expect(never.verdict).toMatchObject({ reason: 'NO_DATA', guardrail: 'latency' });
    expect(never.ticks * 10 * SECOND).toBe(LATER_MS + 60_000);
    expect(played({ laterMs: LATER_MS }, { noDataMs: 60_000 }).verdict.decision).toBe('proceed');
  });

  it('is logged with what it was counted to add', () => {
    const { state } = played({ laterMs: LATER_MS }, { minIntervals: 9 }, 15);
    const sample = sampleAt(16, { laterMs: LATER_MS });
    const after = observe(state, sample);
    const [before, now] = [state.guardrails['latency'], after.guardrails['latency']];
    if (before?.kind !== 'counts' || now?.kind !== 'counts') throw new Error('latency is counted');
    const added = now.totals.stable.requests - before.totals.stable.requests;
    expect(added).toBeGreaterThan(0);
    expect(lookOf(state, after, sample)?.guardrails?.['latency']?.['eu']?.[0]).toBe(added);
  });
});

describe('a guardrail whose source tells sooner than the symptom', () => {
  it('is as old as it is by its own time: what is stale there is missing data, however much newer than the symptom', () => {
    const sooner = { laterMs: -LATER_MS, everyMs: 10_000 };
    expect(played(sooner).verdict).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
    expect(played({ ...sooner, behindMs: 60_000 }).verdict).toMatchObject({
      decision: 'hold',
      reason: 'NO_DATA',
      guardrail: 'latency',
    });
  });
});
