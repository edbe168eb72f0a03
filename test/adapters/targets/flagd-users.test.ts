import { FlagdCore } from '@openfeature/flagd-core';
import { weightOf } from '../../../src/domain/plan/census';
import { shift, soon } from '../../contract/target-requests';
import { FLAG, flagFile, ON_FOR_ALL } from './support/flag-file';
import type { FlagFile } from './support/flag-file';

const USERS = Array.from({ length: 10_000 }, (_, at) => `user-${at}`);

/** Who gets which variant, by flagd's own evaluation. */
async function evaluated(file: FlagFile): Promise<ReadonlyMap<string, string | undefined>> {
  const core = new FlagdCore(undefined, QUIET);
  core.setConfigurations(await file.text());
  return new Map(
    USERS.map((targetingKey) => [targetingKey, core.resolveBooleanEvaluation(FLAG, false, { targetingKey }).variant]),
  );
}

const QUIET = { error: fail, warn: fail, info: () => undefined, debug: () => undefined };

function fail(...told: unknown[]): void {
  throw new Error(told.join(' '));
}

const STEPS = [1, 5, 12.5, 25, 50, 75, 99.5, 100];
const FLAGS = {
  'a flag that is on for all': ON_FOR_ALL,
  'a flag whose old variant comes first': split(['off', 0], ['on', 100]),
  'a flag that says what users are told apart by': split(
    { cat: [{ var: '$flagd.flagKey' }, { var: 'targetingKey' }] },
    ['on', 7],
    ['off', 0],
  ),
};

function split(...fractional: unknown[]): object {
  return { ...ON_FOR_ALL, targeting: { fractional } };
}

describe('ten thousand users of a flag', () => {
  it.each(Object.entries(FLAGS))('go back step by step and never forth: %s', async (_name, flag) => {
    const file = await flagFile(flag);
    let before = await evaluated(file);
    let number = 1;
    let expected = 0;
    for (const desired of STEPS) {
      number += 1;
      expect((await file.target.shift(shift({ number, desired, expected }), soon())).outcome).toBe('done');
      const after = await evaluated(file);
      expect(shareOf(after, 'off')).toBeGreaterThan(desired - 2);
      expect(shareOf(after, 'off')).toBeLessThan(desired + 2);
      expect(weightOf(await file.target.observe(soon()), 'v41')).toBe(desired);
      expect(USERS.filter((user) => before.get(user) === 'off' && after.get(user) !== 'off')).toEqual([]);
      before = after;
      expected = desired;
    }
    expect(shareOf(before, 'off')).toBe(100);
    await file.close();
  });

  it('are each put back to where they were by an unwind', async () => {
    const file = await flagFile(split(['on', 80], ['off', 20]));
    const first = await evaluated(file);
    await file.target.shift(shift({ number: 2, desired: 60, expected: 20 }), soon());
    await file.target.shift(shift({ number: 3, desired: 100, expected: 60 }), soon());
    const result = await file.target.shift(shift({ number: 4, desired: 20, expected: 100 }), soon());
    expect(result.outcome).toBe('done');
    expect(await evaluated(file)).toEqual(first);
    expect(await file.flag()).toMatchObject({
      defaultVariant: 'on',
      targeting: {
        fractional: [
          ['on', 80],
          ['off', 20],
        ],
      },
    });
    await file.close();
  });

  it('are left alone where they are on a third variant', async () => {
    const three = { ...ON_FOR_ALL, variants: { ...ON_FOR_ALL.variants, beta: true } };
    const file = await flagFile({
      ...three,
      targeting: {
        fractional: [
          ['beta', 10],
          ['on', 90],
          ['off', 0],
        ],
      },
    });
    const first = await evaluated(file);
    expect((await file.target.shift(shift({ desired: 50 }), soon())).outcome).toBe('done');
    const after = await evaluated(file);
    expect(USERS.filter((user) => (first.get(user) === 'beta') !== (after.get(user) === 'beta'))).toEqual([]);
    const whole = await file.target.shift(shift({ number: 3, desired: 100, expected: 50 }), soon());
    expect(whole).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('only 90 %') });
    await file.close();
  });
});

function shareOf(users: ReadonlyMap<string, string | undefined>, variant: string): number {
  return ([...users.values()].filter((each) => each === variant).length * 100) / USERS.length;
}
