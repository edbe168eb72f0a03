import type { EffectResult } from '../../src/ports';
import type { AskedSubject, Promises } from './deployment-target.contract';
import { EARLIER, prepare, ready, saysWayOut, settled, shift, soon } from './target-requests';

/** What a target promises that keeps late effects from winning. */
export function describeFences(promises: Promises): void {
  describeShifts(promises);
  describePrepares(promises);
}

function describeShifts(promises: Promises): void {
  promises('expected', 'moves nothing when another share is served than expected', async (subject) => {
    await ready(subject);
    const before = await subject.changes();
    const result = await subject.move({ expected: 10 });
    expect(result).toMatchObject({ outcome: 'conflict', code: 'CHANGED_BY_OTHERS' });
    saysWayOut(result);
    expect(await subject.changes()).toBe(before);
  });

  promises('fence', 'lets no late effect win over a newer one, of this or an earlier rollback', async (subject) => {
    await ready(subject);
    await subject.move({ number: 5 });
    const before = await subject.changes();
    const { some, other } = subject.shares;
    const late = shift({ number: 4, desired: other, expected: some });
    const earlier = shift({ ...EARLIER, number: 9, desired: other, expected: some });
    for (const request of [late, earlier]) {
      const result = await subject.target.shift(request, soon());
      expect(result).toMatchObject({ outcome: 'conflict', code: 'LATE_EFFECT' });
      saysWayOut(result);
    }
    expect(await subject.changes()).toBe(before);
  });

  promises('fence', 'keeps one fence for preparing and another for shifting', async (subject) => {
    await ready(subject);
    await subject.move({ number: 9 });
    const prepared = await settled(() => subject.target.prepare(prepare({ number: 8 }), soon()));
    expect(['done', 'alreadyInState']).toContain(prepared.outcome);
  });

  promises('fence', 'takes the same number with another wish for a conflict', async (subject) => {
    await ready(subject);
    await subject.move();
    const before = await subject.changes();
    const { some, other } = subject.shares;
    const result = await subject.move({ desired: other, expected: some });
    expect(result).toMatchObject({ outcome: 'conflict', code: 'OTHER_WISH' });
    saysWayOut(result);
    expect(await subject.changes()).toBe(before);
  });
}

function describePrepares(promises: Promises): void {
  promises('fence', 'has nothing more to make ready when that is asked again', async (subject) => {
    await ready(subject);
    const before = await subject.changes();
    await ready(subject);
    expect(await subject.changes()).toBe(before);
  });

  promises('fence', 'makes nothing ready for an earlier rollback once a newer one has moved it', async (subject) => {
    await ready(subject);
    await subject.move({ number: 5 });
    await isLate(subject, () => subject.target.prepare(prepare({ ...EARLIER, number: 9 }), soon()));
  });

  promises(
    'room',
    'lets no late wish for room win over a newer one, of this or an earlier rollback',
    async (subject) => {
      const newest = prepare({ number: 5, share: 50 });
      const made = await settled(() => subject.target.prepare(newest, soon()));
      expect(['done', 'alreadyInState']).toContain(made.outcome);
      for (const late of [prepare({ number: 4 }), prepare({ ...EARLIER, number: 9 })])
        await isLate(subject, () => subject.target.prepare(late, soon()));
      await isLate(subject, () => subject.target.shift(shift({ ...EARLIER, desired: subject.shares.some }), soon()));
      const other = await settled(() => subject.target.prepare(prepare({ number: 5, share: 100 }), soon()));
      expect(other).toMatchObject({ outcome: 'conflict', code: 'OTHER_WISH' });
      saysWayOut(other);
    },
  );
}

/** It is told so, with what leads out of it, and nothing has changed. */
async function isLate(subject: AskedSubject, ask: () => Promise<EffectResult>): Promise<void> {
  const before = await subject.changes();
  const result = await settled(ask);
  expect(result).toMatchObject({ outcome: 'conflict', code: 'LATE_EFFECT' });
  saysWayOut(result);
  expect(await subject.changes()).toBe(before);
}
