import type { Promises } from './deployment-target.contract';
import { EPOCH, prepare, ready, saysWayOut, settled, shift, soon } from './target-requests';

/** What a target promises that keeps late effects from winning. */
export function describeFences(promises: Promises): void {
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
    const earlier = shift({
      number: 9,
      desired: other,
      expected: some,
      epoch: EPOCH - 1,
      rollback: 'rollback/prod/checkout/0',
    });
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
