import fc from 'fast-check';
import { movedBuckets, readFlag, shareOf } from '../../../src/adapters/targets/flagd-flag';
import type { Flag } from '../../../src/adapters/targets/flagd-flag';

/** Flags with neighbours on both sides of the pair that is moved. */
const flags = fc
  .record({
    before: fc.nat(50),
    on: fc.integer({ min: 1, max: 1_000 }),
    off: fc.nat(1_000),
    after: fc.nat(50),
    isTurned: fc.boolean(),
  })
  .map(({ before, on, off, after, isTurned }) => {
    const pair = [
      ['on', on],
      ['off', off],
    ];
    const fractional = [['a', before], ...(isTurned ? pair.toReversed() : pair), ['b', after]];
    const variants = { a: 1, on: 2, off: 3, b: 4 };
    return flagOf({ state: 'ENABLED', variants, defaultVariant: 'on', targeting: { fractional } });
  });

function flagOf(raw: object): Flag {
  const flag = readFlag(raw);
  if ('problem' in flag) throw new Error(flag.problem);
  return flag;
}

/** Where each variant's users begin and end, as parts of all. */
function borders({ buckets }: Pick<Flag, 'buckets'>): Readonly<Record<string, readonly [number, number]>> {
  const total = buckets.reduce((sum, { weight }) => sum + weight, 0);
  let at = 0;
  return Object.fromEntries(
    buckets.map(({ variant, weight }) => {
      const from = at / total;
      at += weight;
      return [variant, [from, at / total]];
    }),
  );
}

function movedTo(flag: Flag, desired: number): Flag {
  const buckets = movedBuckets(flag, { from: 'on', to: 'off' }, desired);
  if ('code' in buckets) throw new Error(buckets.detail);
  return { ...flag, buckets };
}

describe('the shares of a flag, whatever they were', () => {
  it('are what is wanted, keep every other variant to its users, and grow over the same users only', () => {
    fc.assert(
      fc.property(flags, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (first, steps) => {
        const have = shareOf(first, 'off');
        const most = have + shareOf(first, 'on');
        let flag = first;
        for (const step of steps.toSorted((a, b) => a - b)) {
          const desired = have + (most - have) * step;
          const next = movedTo(flag, desired);
          expect(Math.abs(shareOf(next, 'off') - desired)).toBeLessThan(0.01);
          expect(next.buckets.every(({ weight }) => Number.isInteger(weight) && weight >= 0)).toBe(true);
          const [was, is] = [borders(flag), borders(next)];
          for (const other of ['a', 'b'])
            for (const end of [0, 1]) expect(is[other]?.[end]).toBeCloseTo(was[other]?.[end] ?? NaN, 9);
          // On one side the border with the other variant moves, on the other none does.
          expect(is['off']?.[0]).toBeLessThanOrEqual((was['off']?.[0] ?? NaN) + 1e-9);
          expect(is['off']?.[1]).toBeGreaterThanOrEqual((was['off']?.[1] ?? NaN) - 1e-9);
          flag = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are never more weight than flagd takes, however often they are moved', () => {
    const first = flagOf({
      state: 'ENABLED',
      variants: { on: true, off: false },
      defaultVariant: 'on',
      targeting: {
        fractional: [
          ['on', 1],
          ['off', 2],
        ],
      },
    });
    let flag = first;
    for (let at = 0; at < 100; at += 1) {
      flag = movedTo(flag, 33.3 + Math.sin(at) * 20);
      const total = flag.buckets.reduce((sum, { weight }) => sum + weight, 0);
      expect(total).toBeLessThanOrEqual(2_147_483_647);
      expect(Math.abs(shareOf(flag, 'off') - (33.3 + Math.sin(at) * 20))).toBeLessThan(0.01);
    }
  });
});
