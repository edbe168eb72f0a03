import { compareSlices, splitText } from '../../../src/domain/plan';
import type { CountedSlice, Split, SplitQuestion } from '../../../src/domain/plan';
import { seeded } from '../judge/support';

const INTERVALS = 36;

/** A value whose requests fail at a ratio, one at a time or in clumps, in each of the intervals. */
interface Fares {
  readonly perInterval: number;
  readonly fails: number;
  readonly clump?: number;
}

function counted(fares: Readonly<Record<string, Fares>>, seed = 1, intervals = INTERVALS): readonly CountedSlice[] {
  const random = seeded(seed);
  return Object.entries(fares).map(([value, { perInterval, fails, clump = 1 }]) => ({
    value,
    current: Array.from({ length: intervals }, () => {
      let bad = 0;
      for (let i = 0; i < perInterval; i += clump) if (random() < fails) bad += clump;
      return { requests: perInterval, bad: Math.min(bad, perInterval) };
    }),
    stable: { requests: 0, bad: 0 },
  }));
}

function split(slices: readonly CountedSlice[], change: Partial<SplitQuestion> = {}): Split {
  return compareSlices({ label: 'region', of: 'failures', slices, labels: 1, windowMs: 360_000, ...change });
}

function standings(found: Split): Readonly<Record<string, string>> {
  if (found.kind === 'unsplit') return { unsplit: found.because };
  return Object.fromEntries(found.slices.map(({ value, standing }) => [value, standing]));
}

const steady = (perInterval: number, fails: number): Fares => ({ perInterval, fails });

describe('which slices carry the failures', () => {
  it('names the one that fails more than the rest, with its counts', () => {
    const found = split(counted({ eu: steady(300, 0.04), us: steady(300, 0.001), ap: steady(300, 0.001) }));
    expect(standings(found)).toEqual({ eu: 'worse', us: 'better', ap: 'better' });
    expect(splitText(found)).toMatch(
      /^9\d % of the failures are in region eu \([34]\.\d % of 10,800 requests\) against 0\.\d\d % of 21,600 requests elsewhere, counted over 6 min$/,
    );
  });

  it('names two that fail, though each hides the other in the rest', () => {
    const found = split(counted({ eu: steady(300, 0.2), us: steady(300, 0.04), ap: steady(300, 0.001) }));
    expect(standings(found)).toEqual({ eu: 'worse', us: 'worse', ap: 'better' });
  });

  it('says where it does not fail, where it fails nearly everywhere', () => {
    const found = split(
      counted({ eu: steady(300, 0.04), us: steady(300, 0.04), ap: steady(300, 0.04), sa: steady(300, 0.001) }),
    );
    expect(standings(found)).toMatchObject({ sa: 'better' });
    expect(splitText(found)).toMatch(/^failures everywhere but in region sa \(0\.\d\d % of 10,800 requests\) against/);
  });

  it('names none where all fail alike, and says so', () => {
    const found = split(counted({ eu: steady(300, 0.04), us: steady(300, 0.04) }));
    expect(standings(found)).toEqual({ eu: 'unproven', us: 'unproven' });
    expect(splitText(found)).toMatch(/^no region is proven to be worse than the others \(failures most in /);
  });

  it('calls a slice no worse for failing a little more often, however many requests there are', () => {
    const found = split(counted({ eu: steady(8_000, 0.048), us: steady(8_000, 0.04) }));
    expect(standings(found)).toEqual({ eu: 'unproven', us: 'unproven' });
  });

  it('says that failures are too few, instead of naming where they happen to be', () => {
    const found = split(counted({ eu: steady(10, 0), us: steady(10, 0) }).map(withFailuresIn('eu', 3)));
    expect(splitText(found)).toBe('3 failures are too few to tell the 2 values of region apart, counted over 6 min');
  });

  it('says that nothing failed', () => {
    const found = split(counted({ eu: steady(10, 0), us: steady(10, 0) }));
    expect(splitText(found)).toBe('no failures among 720 requests, so nothing to split by region, counted over 6 min');
  });

  it.each([
    { what: 'a single value', slices: counted({ eu: steady(10, 0.5) }), says: 'everything is in eu' },
    { what: 'no value at all', slices: counted({ '': steady(10, 0.5) }), says: 'nothing that is counted has it' },
    { what: 'no requests', slices: counted({ eu: steady(0, 0) }), says: 'no requests of the suspect were counted' },
  ])('cannot compare $what', ({ slices, says }) => {
    expect(splitText(split(slices))).toBe(`could not be split by region: ${says}`);
  });

  it('compares those with most failures where there are many values, and counts the others with the rest', () => {
    const routes = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`/item/${index}`, steady(20, index === 150 ? 0.3 : 0.001)]),
    );
    const found = split(counted(routes), { label: 'route' });
    expect(found).toMatchObject({ finding: 'worse', values: 200, compared: 50 });
    expect(standings(found)['/item/150']).toBe('worse');
    expect(Object.keys(standings(found))).toHaveLength(20);
    expect(splitText(found)).toContain('; of 200 values of route the 50 with most failures were compared');
  });

  it('names three and counts the others', () => {
    const fares = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'].map((value, index) => [
        value,
        steady(300, index < 4 ? 0.1 : 0.001),
      ]),
    );
    expect(splitText(split(counted(fares)))).toMatch(/requests\), and 1 more against/);
  });

  it('keeps a value short that is as long as somebody could type', () => {
    const found = split(counted({ [`/${'x'.repeat(5_000)}`]: steady(100, 0.1), '/': steady(100, 0.001) }));
    expect(JSON.stringify(found).length).toBeLessThan(1_000);
  });

  it('proves where the objective is kept, and says nothing of it without one', () => {
    const slices = counted({ eu: steady(300, 0.04), us: steady(300, 0.001) });
    const kept = (found: Split) => (found.kind === 'split' ? found.slices.map((slice) => slice.keepsObjective) : []);
    expect(kept(split(slices, { objective: 0.01 }))).toEqual([undefined, true]);
    expect(kept(split(slices))).toEqual([undefined, undefined]);
  });
});

describe('how surely', () => {
  const WORLDS = 200;
  const ALPHA = 0.05;
  const ONE_LOOK = { worlds: 60, intervals: 1 };
  /** Two standard errors above what is promised. */
  const most = (worlds: number): number => ALPHA + 2 * Math.sqrt((ALPHA * (1 - ALPHA)) / worlds);

  /** In which share of the worlds something is called worse or better. */
  function named(
    fares: Readonly<Record<string, Fares>>,
    wrong: readonly string[],
    { worlds = WORLDS, intervals = INTERVALS } = {},
  ): number {
    let found = 0;
    for (let seed = 1; seed <= worlds; seed += 1) {
      const told = standings(split(counted(fares, seed, intervals)));
      if (Object.values(told).some((standing) => wrong.includes(standing))) found += 1;
    }
    return found / worlds;
  }

  it.each([
    { what: 'all fail alike', fares: { a: steady(50, 0.04), b: steady(50, 0.04), c: steady(50, 0.04) } },
    { what: 'one fails just 1.5 times as often', fares: { a: steady(100, 0.06), b: steady(100, 0.04) } },
    { what: 'failures are rare', fares: { a: steady(60, 0.003), b: steady(20, 0.002), c: steady(20, 0.002) } },
    {
      what: 'failures come ten at a time',
      fares: { a: { perInterval: 100, fails: 0.04, clump: 10 }, b: { perInterval: 100, fails: 0.04, clump: 10 } },
    },
    {
      what: 'there are many values',
      fares: Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`r${index}`, steady(10, 0.05)])),
    },
  ])('names a slice wrongly in at most 1 of 20 rollbacks where $what', ({ fares }) => {
    expect(named(fares, ['worse'])).toBeLessThan(most(WORLDS));
  });

  it('names none wrongly where one look is all there is and failures come ten at a time', () => {
    const clumped = { perInterval: 3_000, fails: 0.04, clump: 10 };
    expect(named({ a: clumped, b: clumped }, ['worse', 'better'], ONE_LOOK)).toBeLessThan(most(ONE_LOOK.worlds));
  });

  it('finds what is there in nearly all: 4 of 100 against 1 of 1,000 at ten requests a second each', () => {
    expect(named({ eu: steady(100, 0.04), us: steady(100, 0.001) }, ['worse'])).toBeGreaterThan(0.99);
  });

  it('finds it from one look too, where it is clear enough', () => {
    expect(named({ eu: steady(15_000, 0.04), us: steady(15_000, 0.001) }, ['worse'], ONE_LOOK)).toBeGreaterThan(0.99);
  });
});

function withFailuresIn(value: string, bad: number): (slice: CountedSlice) => CountedSlice {
  return (slice) =>
    slice.value === value
      ? { ...slice, current: slice.current.map((each, index) => (index < bad ? { ...each, bad: 1 } : each)) }
      : slice;
}
