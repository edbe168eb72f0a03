import { bucketOf, saltFor, servedByOld } from '../../../src/demo/fleet/split';

const USERS = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);
const onOld = (salt: string, weight: number): Set<string> =>
  new Set(USERS.filter((user) => servedByOld(user, salt, weight)));

describe('split', () => {
  it('keeps every user who moved while the weight grows', () => {
    let before = new Set<string>();
    for (const weight of [0, 1, 5, 10, 25, 33.3, 50, 75, 99, 100]) {
      const now = onOld('rollback/prod/checkout/1', weight);
      expect([...before].filter((user) => !now.has(user))).toEqual([]);
      before = now;
    }
    expect(before.size).toBe(USERS.length);
  });

  it.each([1, 5, 25, 50, 90])('serves about %d %% of users from the old revision', (weight) => {
    const share = (onOld('rollback/prod/checkout/1', weight).size / USERS.length) * 100;
    // Four standard deviations of a fair draw of 10,000.
    expect(Math.abs(share - weight)).toBeLessThan(4 * Math.sqrt((weight * (100 - weight)) / USERS.length));
  });

  it('moves nobody at 0 and everybody at 100', () => {
    expect(onOld('a', 0).size).toBe(0);
    expect(onOld('a', 100).size).toBe(USERS.length);
  });

  it('puts other users first under another salt', () => {
    const first = onOld('rollback/prod/checkout/1', 10);
    const again = [...onOld('rollback/prod/checkout/2', 10)].filter((user) => first.has(user));
    expect(again.length).toBeGreaterThan(50);
    expect(again.length).toBeLessThan(150);
  });

  it('answers the same for the same user and salt', () => {
    expect(bucketOf('user-7', 'a')).toBe(bucketOf('user-7', 'a'));
    expect(bucketOf('user-7', 'a')).not.toBe(bucketOf('user-7', 'b'));
  });

  it.each([
    { weight: 0, expected: 'second' },
    { weight: 25, expected: 'first' },
    { weight: 100, expected: 'second' },
  ])('salts by $expected when a second rollback begins at $weight %', ({ weight, expected }) => {
    expect(saltFor({ salt: 'first', weight }, 'second')).toBe(expected);
  });
});
