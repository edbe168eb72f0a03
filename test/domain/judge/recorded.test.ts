import fc from 'fast-check';
import { judgeRecorded, observeRecorded, openRecorded } from '../../../src/domain/judge';
import type { RecordedPolicy, RecordedSample } from '../../../src/domain/judge';
import { handedOn } from './support';

const POLICY: RecordedPolicy = {
  objective: 0.01,
  baseline: 0.001,
  intervalMs: 10_000,
  settleMs: 0,
  longestBakeMs: 600_000,
  guardrails: ['latency'],
};
const HISTORY = Array.from({ length: 30 }, (_, index) => ({ requests: 900, bad: 40 + (index % 9) }));

const counts = fc.record({ requests: fc.nat(2_000), bad: fc.nat(300), slow: fc.nat(300) });
const cohort = fc.option(counts, { freq: 5 });

/** Any log: counters that grow, restart, fail more than they serve, or are missing. */
const log = fc
  .array(fc.record({ stable: cohort, current: cohort }), { minLength: 1, maxLength: 60 })
  .map((rows): readonly RecordedSample[] =>
    rows.map(({ stable, current }, index) => ({
      at: (index + 1) * 10_000,
      stable: stable && { requests: stable.requests, bad: stable.bad, guardrails: { latency: stable.slow } },
      current: current && { requests: current.requests, bad: current.bad, guardrails: { latency: current.slow } },
    })),
  );

describe('a recorded run', () => {
  it('gets the same verdicts in one go and killed and resumed anywhere', () => {
    fc.assert(
      fc.property(log, fc.nat(60), (samples, at) => {
        const opened = openRecorded(POLICY, HISTORY);
        const whole = samples.reduce(observeRecorded, opened);
        const before = samples.slice(0, at).reduce(observeRecorded, opened);
        const resumed = handedOn(before);
        const [told, once] = [samples.slice(at).reduce(observeRecorded, resumed), whole].map(judgeRecorded);
        expect([told?.final, told?.verdict()]).toEqual([once?.final, once?.verdict()]);
      }),
    );
  });

  it('takes a sample that is told twice once', () => {
    fc.assert(
      fc.property(log, (samples) => {
        const once = samples.reduce(observeRecorded, openRecorded(POLICY, HISTORY));
        const twice = samples
          .flatMap((sample) => [sample, sample])
          .reduce(observeRecorded, openRecorded(POLICY, HISTORY));
        expect(twice).toEqual(once);
      }),
    );
  });

  it('never proceeds on a log in which stable is missing', () => {
    fc.assert(
      fc.property(log, (samples) => {
        const blind = samples.map((sample) => ({ ...sample, stable: null }));
        const { verdict } = judgeRecorded(blind.reduce(observeRecorded, openRecorded(POLICY, HISTORY)));
        expect(verdict().decision).toBe('hold');
      }),
    );
  });

  it('goes on after a blackout with what it knew before', () => {
    let state = openRecorded({ ...POLICY, guardrails: [] }, HISTORY);
    const sample = (tick: number): RecordedSample => ({
      at: tick * 10_000,
      stable: { requests: tick * 12, bad: 0 },
      current: { requests: tick * 36, bad: tick * 2 },
    });
    const told: string[] = [];
    for (let tick = 1; tick <= 60; tick += 1) {
      const dark = tick > 3 && tick <= 24;
      state = observeRecorded(state, dark ? { at: tick * 10_000, stable: null, current: null } : sample(tick));
      const { verdict, final } = judgeRecorded(state);
      const { reason } = verdict();
      if (told.at(-1) !== reason) told.push(reason);
      if (final) break;
    }
    expect(told).toEqual(['NOT_ENOUGH_EVIDENCE', 'DATA_POOR', 'NO_DATA', 'DATA_POOR', 'HELPING']);
  });
});
