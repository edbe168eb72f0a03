import { weightOf } from '../../src/domain/plan/census';
import type { Promises } from './deployment-target.contract';
import { readFrom, ready } from './target-requests';

/** What a subject of whole units is moved by. */
export const UNITS = { total: 8, name: 'instances' };

/** What a target promises whose share is a whole number of units. */
export function describeUnits(promises: Promises): void {
  promises('percent', 'says nothing of units where it is moved in percent', async ({ target }) => {
    expect((await readFrom(target)).units).toBeUndefined();
  });

  promises('units', 'says what it is moved by, and moves as many whole ones as hold the share', async (subject) => {
    await ready(subject);
    expect(subject.target.capabilities().granularity).toBe('units');
    await subject.move({ desired: 10 });
    const reading = await readFrom(subject.target);
    expect(reading.units).toEqual({ total: UNITS.total, name: expect.stringMatching(/^[a-z]+$/) });
    expect([weightOf(reading, 'v42'), weightOf(reading, 'v41')]).toEqual([87.5, 12.5]);
  });

  promises('units', 'has nothing to do where those units are there already', async (subject) => {
    await ready(subject);
    await subject.move({ desired: 12.5 });
    const before = await subject.changes();
    const result = await subject.move({ number: 3, desired: 10, expected: 12.5 });
    expect(result.outcome).toBe('alreadyInState');
    expect(await subject.changes()).toBe(before);
  });
}
