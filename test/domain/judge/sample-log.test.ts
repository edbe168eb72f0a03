import fc from 'fast-check';
import { judge, lookOf, observe, openJudge, shortened } from '../../../src/domain/judge';
import type { JudgeState, LoggedLook } from '../../../src/domain/judge';
import type { Sample, StratumReading } from '../../../src/domain/judge/sample';
import { ALL_TARGETS } from '../../../src/domain/judge/sample-log';
import { recounted, totalsOf } from '../../../src/domain/simulation/recount';
import { settings } from './support';

const TARGETS = ['eu', 'us'];
const GUARDRAILS = ['slow', 'killed'];
const opened = openJudge(
  settings({
    startedAt: 0,
    weights: { eu: 25, us: 50 },
    guardrails: [{ name: 'slow' }, { name: 'killed', measure: { kind: 'events' } }],
  }),
);

const counts = fc.record({ requests: fc.nat(400), bad: fc.nat(60) });
/** What each cohort of a target added; nothing where its scrape is missing. */
const stratum = fc.record({ stable: fc.option(counts, { freq: 5 }), current: fc.option(counts, { freq: 5 }) });
const metric = fc.tuple(stratum, stratum);
const looks = fc.array(fc.record({ symptom: metric, slow: metric, killed: metric }), { minLength: 1, maxLength: 40 });

type Look = { readonly symptom: Added; readonly slow: Added; readonly killed: Added };
type Added = readonly { readonly stable: Counts | null; readonly current: Counts | null }[];
interface Counts {
  readonly requests: number;
  readonly bad: number;
}

/** Counters that have grown by these looks, as a source shows them. */
function samplesOf(told: readonly Look[]): readonly Sample[] {
  const totals = new Map<string, Counts>();
  const read = (key: string, added: Counts | null, at: number, isEvents: boolean) => {
    const before = totals.get(key) ?? { requests: 1_000, bad: 100 };
    const now = { requests: before.requests + (added?.requests ?? 0), bad: before.bad + (added?.bad ?? 0) };
    totals.set(key, now);
    return added ? [{ series: key, ...now, requests: isEvents ? 0 : now.requests, at }] : [];
  };
  return told.map((look, index) => {
    const at = (index + 1) * 10_000;
    const strata = (name: keyof Look): readonly StratumReading[] =>
      TARGETS.map((target, place) => ({
        target,
        stable: read(`${name}/${target}/stable`, look[name][place]!.stable, at, name === 'killed'),
        current: read(`${name}/${target}/current`, look[name][place]!.current, at, name === 'killed'),
      }));
    return { at, strata: strata('symptom'), guardrails: { slow: strata('slow'), killed: strata('killed') } };
  });
}

/** A log of these samples, and the judge after each of them. */
function logged(samples: readonly Sample[]): {
  readonly log: readonly LoggedLook[];
  readonly states: readonly JudgeState[];
} {
  const log: LoggedLook[] = [];
  const states: JudgeState[] = [];
  let state = opened;
  for (const sample of samples) {
    const after = observe(state, sample);
    log.push(...[lookOf(state, after, sample)].flatMap((look) => look ?? []));
    states.push(after);
    state = after;
  }
  return { log, states };
}

function judgedAgain(log: readonly LoggedLook[]): readonly JudgeState[] {
  const read = recounted(TARGETS, GUARDRAILS);
  let state = opened;
  return log.map((look) => (state = observe(state, { at: look.at, ...read(look, look.at) })));
}

describe('the log of what a judge has seen', () => {
  it('gives the same verdict when it is judged again, of every look, with guardrails and targets apart', () => {
    fc.assert(
      fc.property(looks, (told) => {
        const { log, states } = logged(samplesOf(told));
        expect(judgedAgain(log).map(judge)).toEqual(states.map(judge));
      }),
    );
  });

  it('holds what the judge has counted, and nothing where a cohort was missing', () => {
    fc.assert(
      fc.property(looks, (told) => {
        const { log, states } = logged(samplesOf(told));
        expect(totalsOf(log)).toEqual(states.at(-1)?.totals);
        const guarded = log.map(({ at, guardrails }) => ({ at, symptom: guardrails?.['slow'] ?? {} }));
        const slow = states.at(-1)?.guardrails['slow'];
        expect(slow?.kind === 'counts' && slow.totals).toEqual(totalsOf(guarded));
        told.forEach((look, index) => {
          const whole = TARGETS.filter((_, place) => look.symptom[place]!.stable && look.symptom[place]!.current);
          expect(Object.keys(log[index]!.symptom)).toEqual(whole);
        });
      }),
    );
  });

  it('is plain JSON, and a look told twice is in it once', () => {
    const [sample] = samplesOf(fc.sample(looks, { numRuns: 1, seed: 3 })[0]!);
    const after = observe(opened, sample!);
    const look = lookOf(opened, after, sample!);
    expect(JSON.parse(JSON.stringify(look))).toEqual(look);
    expect(lookOf(after, observe(after, sample!), sample!)).toBeUndefined();
  });

  it('keeps the sum of all targets where there are too many of them to keep each', () => {
    const at = 10_000;
    const target = (index: number): StratumReading => ({
      target: `t${index}`,
      stable: [{ series: 's', requests: 10, bad: 1, at, startedAt: 1 }],
      current: [{ series: 'c', requests: 30, bad: 2, at, startedAt: 1 }],
    });
    const sample = { at, strata: Array.from({ length: 50 }, (_, index) => target(index)) };
    const look = lookOf(opened, observe(opened, sample), sample);
    expect(look).toEqual({ at, symptom: { [ALL_TARGETS]: [500, 50, 1_500, 100] } });
  });
});

describe('a shortened log', () => {
  const row = fc.tuple(fc.nat(99), fc.nat(9), fc.nat(99), fc.nat(9));
  const some = fc.dictionary(fc.constantFrom('eu', 'us', 'ap'), row);
  const entry = fc.record({ symptom: some, guardrails: fc.dictionary(fc.constantFrom('slow', 'killed'), some) });
  const log = fc
    .array(entry, { maxLength: 60 })
    .map((entries) => entries.map((each, index) => ({ ...each, at: index, phase: Math.floor(index / 20) })));
  const rows = (kept: readonly LoggedLook[]): number =>
    kept
      .flatMap(({ symptom, guardrails = {} }) => [symptom, ...Object.values(guardrails)])
      .reduce((sum, each) => sum + Math.max(1, Object.keys(each).length), 0);
  const ofPhase = (kept: readonly (LoggedLook & { readonly phase: number })[], phase: number) =>
    kept.filter((look) => look.phase === phase);

  it('is no longer than asked, loses no count, mixes no phases, and keeps the order', () => {
    fc.assert(
      fc.property(log, fc.integer({ min: 40, max: 300 }), (whole, most) => {
        const short = shortened(whole, most);
        expect(rows(short)).toBeLessThanOrEqual(most);
        expect(short.map(({ at }) => at)).toEqual(short.map(({ at }) => at).toSorted((a, b) => a - b));
        for (const phase of [0, 1, 2]) expect(totalsOf(ofPhase(short, phase))).toEqual(totalsOf(ofPhase(whole, phase)));
      }),
    );
  });

  it('stays as it is where it is short enough', () => {
    fc.assert(fc.property(log, (whole) => expect(shortened(whole, 10_000)).toBe(whole)));
  });

  it('forgets the oldest where adding up does not help', () => {
    const looksOfMany = [0, 1, 2].map((phase) => ({ at: phase, phase, symptom: { eu: [1, 0, 1, 0] as const } }));
    expect(shortened(looksOfMany, 2).map(({ phase }) => phase)).toEqual([1, 2]);
  });
});
