import { judge, observe, openJudge } from '../../../src/domain/judge';
import type { Verdict } from '../../../src/domain/judge';
import type { Sample, SeriesReading } from '../../../src/domain/judge/sample';
import { handedOn, settings, START } from './support';

const INTERVAL_MS = 10_000;

interface Source {
  /** How long after each scrape we look: it stays the same, for both go by the same interval. */
  readonly phaseMs: number;
  /** How long after its scrape a point can be found in the store. */
  readonly lateMs: number;
  /** Scrapes that were lost. */
  readonly lost?: (scrape: number) => boolean;
}

/** What the newest scrape that can be found at this look showed; counters rise by 400 requests a scrape. */
function newestAt({ phaseMs, lateMs, lost = () => false }: Source, look: number) {
  const at = START + look * INTERVAL_MS + phaseMs;
  const scrapes = Array.from({ length: look + 2 }, (_, scrape) => scrape).filter((scrape) => !lost(scrape));
  const found = scrapes.filter((scrape) => START + scrape * INTERVAL_MS + lateMs <= at).at(-1);
  const of = (badShare: number): readonly SeriesReading[] => {
    if (found === undefined) return [];
    const requests = 400 * found;
    return [
      { series: 'one', requests, bad: requests * badShare, at: START + found * INTERVAL_MS, everyMs: INTERVAL_MS },
    ];
  };
  return { at, stable: of(0.0025), current: of(0.05) };
}

/** What is said of a phase in which going back helps, and how old the readings were at its looks. */
function played(source: Source, looks = 60): { readonly verdict: Verdict; readonly ages: readonly number[] } {
  let state = openJudge(settings({ minIntervals: 2 }));
  const ages: number[] = [];
  for (let look = 1; look <= looks; look += 1) {
    const { at, stable, current } = newestAt(source, look);
    const sample: Sample = { at, strata: [{ target: 'eu', stable, current }] };
    ages.push(...stable.map((reading) => at - reading.at));
    state = handedOn(observe(state, sample));
    const verdict = judge(state);
    if (verdict.decision !== 'hold' || verdict.escalate) return { verdict, ages };
  }
  return { verdict: judge(state), ages };
}

describe('a reading', () => {
  const PHASES = Array.from({ length: 40 }, (_, index) => index * 250);

  it.each([0, 300, 2_000, 5_000])('is found whenever we look, where scrapes come into view %d ms late', (lateMs) => {
    for (const phaseMs of PHASES)
      expect(played({ phaseMs, lateMs }).verdict).toMatchObject({ decision: 'proceed', observedMs: 20_000 });
  });

  it('is older than an interval at every single look, where we look just before it comes into view', () => {
    const { verdict, ages } = played({ phaseMs: 100, lateMs: 300 });
    expect(verdict.decision).toBe('proceed');
    // Were a reading no older than one interval, none of these could be used, at this look or any other.
    expect(new Set(ages)).toEqual(new Set([INTERVAL_MS + 100]));
  });

  it('is missing data where it comes into view so late that nothing says whether its source still lives', () => {
    const { verdict, ages } = played({ phaseMs: 100, lateMs: 5_300 });
    expect(new Set(ages)).toEqual(new Set([INTERVAL_MS + 100]));
    expect(verdict.decision).toBe('proceed');
    const tooLate = played({ phaseMs: 5_200, lateMs: 5_300 });
    expect(new Set(tooLate.ages)).toEqual(new Set([INTERVAL_MS + 5_200]));
    expect(tooLate.verdict).toMatchObject({ decision: 'hold', reason: 'NO_DATA', escalate: true });
  });

  it('is never used twice, however long it may be used: a scrape that is lost adds nothing, and nothing is lost', () => {
    const state = [1, 2, 3, 4].reduce(
      (seen, look) => {
        const { at, stable, current } = newestAt({ phaseMs: 4_000, lateMs: 0, lost: (scrape) => scrape === 3 }, look);
        return observe(seen, { at, strata: [{ target: 'eu', stable, current }] });
      },
      openJudge(settings({ minIntervals: 9 })),
    );
    expect(state.looks).toBe('++.+');
    expect(state.totals.stable).toEqual({ requests: 1_200, bad: 3 });
  });

  it('speaks for the time since the last pair, so one that is late has no more to say than its interval allows', () => {
    const whole = played({ phaseMs: 0, lateMs: 0 }).verdict;
    const late = played({ phaseMs: 100, lateMs: 5_000 }).verdict;
    expect(late.observedMs).toBe(whole.observedMs);
    expect(late.current).toEqual(whole.current);
  });
});
