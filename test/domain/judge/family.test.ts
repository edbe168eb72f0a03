import fc from 'fast-check';
import { judge, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings, Verdict } from '../../../src/domain/judge';
import { logMeanOf, weightOf, weightOfAll } from '../../../src/domain/judge/family';
import type { GuardrailSetting } from '../../../src/domain/judge/settings';
import { binomial } from '../../../src/domain/simulation/random';
import { handedOn, seeded, settings, START } from './support';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];

interface World {
  /** Names of the guardrails that count twice. */
  readonly critical?: readonly string[];
  /** Bad shares of a guardrail, by look and revision. */
  readonly share: (name: string, cohort: 'stable' | 'current') => number;
  readonly perInterval: number;
  readonly looks: number;
  /** Counts by chance instead of as expected. */
  readonly random?: () => number;
}

/** A phase that cures the symptom beside six guardrails; the first verdict that is no plain hold, or the last one. */
function played({ critical = [], share, perInterval, looks, random }: World, change: Partial<JudgeSettings> = {}) {
  const guardrails = NAMES.map((name): GuardrailSetting => ({
    name,
    ...(critical.includes(name) ? { critical: true } : {}),
  }));
  let state = openJudge(settings({ guardrails, minIntervals: 2, ...change }));
  const totals = new Map<string, number>();
  const counted = (key: string, ratio: number): number => {
    const added = random ? binomial(random, perInterval, ratio) : Math.round(perInterval * ratio);
    totals.set(key, (totals.get(key) ?? 0) + added);
    return totals.get(key) ?? 0;
  };
  let verdict: Verdict = judge(state);
  for (let look = 1; look <= looks; look += 1) {
    const at = START + look * 10_000;
    const reading = (key: string, ratio: number) => [
      { series: key, requests: look * perInterval, bad: counted(key, ratio), at, startedAt: START },
    ];
    const strata = [{ target: 'eu', stable: reading('s', 0.001), current: reading('c', 0.05) }];
    const watched = NAMES.map((name) => [
      name,
      [
        {
          target: 'eu',
          stable: reading(`${name}/s`, share(name, 'stable')),
          current: reading(`${name}/c`, share(name, 'current')),
        },
      ],
    ]);
    state = handedOn(observe(state, { at, strata, guardrails: Object.fromEntries(watched) as never }));
    verdict = judge(state);
    if (verdict.decision !== 'hold' || verdict.escalate) return verdict;
  }
  return verdict;
}

const harming = (harmed: string) => (name: string, cohort: 'stable' | 'current') =>
  name === harmed && cohort === 'stable' ? 0.06 : 0.02;

describe('what may halt a phase, by how much it counts', () => {
  it('counts a critical guardrail twice, a normal one and each test of the symptom once', () => {
    const guardrails: readonly GuardrailSetting[] = [{ name: 'one', critical: true }, { name: 'two' }];
    expect(guardrails.map(weightOf)).toEqual([2, 1]);
    expect(weightOfAll({ guardrails })).toBe(2 + 2 + 1);
  });

  it('counts no gauge that a threshold alone is asked of: it stops a phase whatever the others say', () => {
    const measure = { kind: 'gauge', threshold: 3 } as const;
    const guardrails: readonly GuardrailSetting[] = [{ name: 'one' }, { name: 'two', measure, critical: true }];
    expect(weightOfAll({ guardrails })).toBe(2 + 1);
    expect(weightOfAll({ guardrails: [{ name: 'two', measure, margin: {} }] })).toBe(2 + 1);
  });

  it('says nothing while nothing speaks, and no more than the loudest, whatever counts how often', () => {
    const voice = fc.record({ evidence: fc.double({ min: -50, max: 50, noNaN: true }), weight: fc.constantFrom(1, 2) });
    fc.assert(
      fc.property(fc.array(voice, { minLength: 1, maxLength: 8 }), (voices) => {
        expect(logMeanOf(voices.map(({ weight }) => ({ evidence: 0, weight })))).toBeCloseTo(0, 12);
        const mean = logMeanOf(voices);
        const all = voices.reduce((sum, { weight }) => sum + weight, 0);
        const byHand = voices.reduce((sum, { evidence, weight }) => sum + (weight / all) * Math.exp(evidence), 0);
        expect(mean).toBeCloseTo(Math.log(byHand), 9);
        expect(mean).toBeLessThanOrEqual(Math.max(...voices.map(({ evidence }) => evidence)) + 1e-9);
      }),
    );
  });

  it('is the plain mean, to the last place, where nothing is critical', () => {
    const voices = [1.25, -3.5, 0.125].map((evidence) => ({ evidence, weight: 1 }));
    const top = 1.25;
    const sum = voices.reduce((total, { evidence }) => total + Math.exp(evidence - top), 0);
    expect(logMeanOf(voices)).toBe(top + Math.log(sum / 3));
  });

  it('stops sooner where the harmed guardrail is critical, and later where the others are', () => {
    const world = { share: harming('three'), perInterval: 180, looks: 60 };
    const [critical, normal, others] = [['three'], [], NAMES.filter((name) => name !== 'three')].map((names) =>
      played({ ...world, critical: names }),
    );
    for (const verdict of [critical, normal, others])
      expect(verdict).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'three' });
    expect(critical?.observedMs).toBeLessThan(normal?.observedMs ?? 0);
    expect(others?.observedMs).toBeGreaterThan(normal?.observedMs ?? Infinity);
  });

  it('is never decided by a single interval, however critical the guardrail and great the harm', () => {
    const drowned = { share: (name: string, cohort: string) => (name === 'one' && cohort === 'stable' ? 0.9 : 0.02) };
    const world = { ...drowned, critical: ['one'], perInterval: 5_000 };
    expect(played({ ...world, looks: 1 }).decision).toBe('hold');
    expect(played({ ...world, looks: 2 })).toMatchObject({ decision: 'halt', guardrail: 'one' });
  });

  it('stops at most 2 in 100 phases in which every guardrail is just within its margin', () => {
    const random = seeded(20_261_129);
    const share = (_: string, cohort: 'stable' | 'current') => (cohort === 'stable' ? 0.04 : 0.02);
    const lives = Array.from({ length: 200 }, () =>
      played({ share, critical: ['one', 'two'], perInterval: 60, looks: 30, random }),
    );
    expect(lives.filter(({ decision }) => decision === 'halt').length).toBeLessThanOrEqual(4);
  });
});
