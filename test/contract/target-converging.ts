import { weightOf } from '../../src/domain/plan/census';
import type { TargetReading } from '../../src/domain/plan/census';
import { RetryableError } from '../../src/ports';
import type { AskedSubject, Promises } from './deployment-target.contract';
import { readFrom, readingWhere, ready, settled, shift, soon, within } from './target-requests';

/** Long enough for a change to be made, and less than it takes a caller to give up. */
const ONE_CALL_MS = 3_000;

/** What a target promises whose traffic follows in its own time. */
export function describeConverging(promises: Promises): void {
  promises('lagging', 'is not there before what carries the traffic is, and says so', async (subject) => {
    const { target, shares } = subject;
    await ready(subject);
    await readingWhere(target, (reading) => !reading.uneven);
    await subject.misbehave('lagging');
    const asked = await target.shift(shift({ desired: shares.some }), within(ONE_CALL_MS));
    expect(asked).toMatchObject({ outcome: 'unknown', detail: expect.stringMatching(/\S/) });
    expect(await isThere(subject)).toBe(false);
    await subject.misbehave(undefined);
    const end = await settled(() => target.shift(shift({ desired: shares.some }), soon()));
    expect(['done', 'alreadyInState']).toContain(end.outcome);
    expect(await isThere(subject)).toBe(true);
  });
}

/** Whether it tells, as a caller asks, that it serves the share; that it cannot tell yet is no. */
async function isThere({ target, shares }: AskedSubject): Promise<boolean> {
  try {
    return serves(await readFrom(target), shares.some);
  } catch (error) {
    if (error instanceof RetryableError) return false;
    throw error;
  }
}

function serves(reading: TargetReading, share: number): boolean {
  return weightOf(reading, 'v41') === share && !reading.uneven;
}
