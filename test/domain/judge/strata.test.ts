import { judge, observe, openJudge } from '../../../src/domain/judge';
import type { Verdict } from '../../../src/domain/judge';
import type { Sample, StratumReading } from '../../../src/domain/judge/sample';
import { binomial, generator, poisson } from '../../../src/domain/simulation';
import { settings, START } from './support';

const LIVES = 100;
const INTERVALS = 30;
const COHORTS = ['stable', 'current'] as const;

/** Percent on stable, and shares of requests that fail, of a target. */
interface Place {
  readonly weight: number;
  readonly stable: number;
  readonly current: number;
  /** Requests of both revisions in an interval; the first, and what each further one has more. */
  readonly requests: number;
  readonly more: number;
}

type Places = Readonly<Record<string, Place>>;

/** Looks at counters of these places; every life is drawn from a seed of its own. */
function looks(places: Places, life: number): readonly Sample[] {
  const random = generator(20_261, life);
  const counters = new Map<string, { requests: number; bad: number }>();
  return Array.from({ length: INTERVALS + 1 }, (_, interval) => {
    const at = START + interval * 10_000 + 1;
    const strata = Object.entries(places).map(([target, place]): StratumReading => {
      const [stable, current] = COHORTS.map((cohort) => {
        const before = counters.get(`${target}/${cohort}`) ?? { requests: 0, bad: 0 };
        const share = cohort === 'stable' ? place.weight / 100 : 1 - place.weight / 100;
        const served = interval === 0 ? 0 : poisson(random, (place.requests + interval * place.more) * share);
        const after = {
          requests: before.requests + served,
          bad: before.bad + binomial(random, served, place[cohort]),
        };
        counters.set(`${target}/${cohort}`, after);
        return [{ series: cohort, ...after, at }];
      });
      return { target, stable: stable!, current: current! };
    });
    return { at, strata };
  });
}

/** The same counters without knowing where they were counted. */
function pooled({ at, strata }: Sample): Sample {
  const both = (cohort: (typeof COHORTS)[number]) => {
    const all = strata.flatMap((stratum) => stratum[cohort]);
    const sum = (part: 'requests' | 'bad') => all.reduce((total, reading) => total + reading[part], 0);
    return [{ series: cohort, requests: sum('requests'), bad: sum('bad'), at }];
  };
  return { at, strata: [{ target: 'all', stable: both('stable'), current: both('current') }] };
}

function verdictOn(samples: readonly Sample[], weights: Readonly<Record<string, number>>): Verdict {
  let state = openJudge(settings({ tau: undefined, tauSource: 'none', weights }));
  for (const sample of samples) {
    state = observe(state, sample);
    const verdict = judge(state);
    if (verdict.decision !== 'hold' || verdict.escalate) return verdict;
  }
  return judge(state);
}

/** How many of a hundred lives end with which answer, told apart and pooled; and the first verdict told apart. */
function answers(places: Places) {
  const weights = Object.fromEntries(Object.entries(places).map(([target, { weight }]) => [target, weight]));
  const lives = Array.from({ length: LIVES }, (_, life) => looks(places, life));
  const apart = lives.map((samples) => verdictOn(samples, weights));
  const together = lives.map((samples) => verdictOn(samples.map(pooled), { all: 50 }));
  const counted = (verdicts: readonly Verdict[]) => {
    const said: Record<string, number> = {};
    for (const { decision, reason } of verdicts)
      said[`${decision} ${reason}`] = (said[`${decision} ${reason}`] ?? 0) + 1;
    return said;
  };
  return { apart: counted(apart), pooled: counted(together), first: apart[0]! };
}

describe('two targets that fail at very different levels, with other shares and traffic that shifts between them', () => {
  it('are not helped where neither fails less, though most of what the old revision serves is the quiet one', () => {
    const told = answers({
      eu: { weight: 10, stable: 0.2, current: 0.2, requests: 1_400, more: -30 },
      us: { weight: 80, stable: 0.005, current: 0.005, requests: 600, more: 30 },
    });
    expect(told.pooled).toEqual({ 'proceed HELPING': LIVES });
    expect(told.apart['halt NOT_HELPING'] ?? 0).toBeGreaterThanOrEqual(95);
    expect(told.apart['proceed HELPING'] ?? 0).toBe(0);
    expect(told.first.text).toContain('held against each other target by target, for the targets differ');
    expect(told.first.ratio).toBeGreaterThan(0.7);
    expect(told.first.ratio).toBeLessThan(1.4);
  });

  it('are helped where both fail a third as often, though most of what the old revision serves is the bad one', () => {
    const told = answers({
      eu: { weight: 80, stable: 0.06, current: 0.2, requests: 1_400, more: -30 },
      us: { weight: 10, stable: 0.0015, current: 0.005, requests: 3_600, more: 30 },
    });
    expect(told.pooled).toEqual({ 'halt WORSE': LIVES });
    expect(told.apart).toEqual({ 'proceed HELPING': LIVES });
    expect(told.first.ratio).toBeLessThan(0.5);
  });

  it('are judged by the one that has both revisions, where the other has none of the suspect any more', () => {
    const told = answers({
      eu: { weight: 25, stable: 0.05, current: 0.05, requests: 1_000, more: 0 },
      us: { weight: 100, stable: 0.0001, current: 0, requests: 4_000, more: 0 },
    });
    expect(told.pooled).toEqual({ 'proceed HELPING': LIVES });
    expect(told.apart['halt NOT_HELPING'] ?? 0).toBeGreaterThanOrEqual(90);
    expect(told.apart['proceed HELPING'] ?? 0).toBe(0);
  });

  it('are called worse only where each held against itself is', () => {
    const told = answers({
      eu: { weight: 80, stable: 0.2, current: 0.2, requests: 1_000, more: 0 },
      us: { weight: 10, stable: 0.005, current: 0.005, requests: 4_000, more: 0 },
    });
    expect(told.pooled).toEqual({ 'halt WORSE': LIVES });
    expect(told.apart['halt NOT_HELPING'] ?? 0).toBeGreaterThanOrEqual(90);
  });
});
