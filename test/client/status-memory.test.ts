import { ClientError, StatusMemory } from '../../src/client';
import type { RollbackClient } from '../../src/client';
import type { SeenStatus } from '../../src/domain/report';

const REF = { environment: 'prod', service: 'checkout', number: 1 };
const SEEN: SeenStatus = { kind: 'described', described: { ...REF, condition: 'silent', weights: 'eu 50' } };

function memory(shareMs = 0) {
  const world = { now: 1_000, looks: 0, answer: async (): Promise<SeenStatus | { kind: 'notFound' }> => SEEN };
  const client: Pick<RollbackClient, 'status'> = {
    status: () => {
      world.looks += 1;
      return world.answer();
    },
  };
  return { world, statuses: new StatusMemory({ client, now: () => world.now, shareMs }) };
}

const away = (): Promise<never> => Promise.reject(new ClientError('TEMPORAL_UNAVAILABLE', 'nobody there'));

describe('what viewers see of a rollback', () => {
  it('is looked up once a second, however many look', async () => {
    const { world, statuses } = memory(1_000);
    await Promise.all([statuses.status(REF), statuses.status(REF)]);
    world.now += 999;
    expect(await statuses.status(REF)).toEqual(SEEN);
    expect(world.looks).toBe(1);
    world.now += 1;
    await statuses.status(REF);
    expect(world.looks).toBe(2);
  });

  it('is what was last known while Temporal is away, with when and why', async () => {
    const { world, statuses } = memory();
    await statuses.status(REF);
    world.now += 40_000;
    world.answer = away;
    const known = { kind: 'lastKnown', seen: SEEN, seenAt: 1_000, because: 'nobody there' };
    expect(await statuses.status(REF)).toEqual(known);
    expect(await statuses.status(REF)).toEqual(known);
    world.answer = async () => SEEN;
    expect(await statuses.status(REF)).toEqual(SEEN);
  });

  it('is an error when nothing was ever seen, or when the trouble is another one', async () => {
    const { world, statuses } = memory();
    world.answer = away;
    await expect(statuses.status(REF)).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    world.answer = async () => ({ kind: 'notFound' });
    expect(await statuses.status(REF)).toEqual({ kind: 'notFound' });
    world.answer = () => Promise.reject(new TypeError('a bug'));
    await expect(statuses.status(REF)).rejects.toThrow('a bug');
  });

  it('is kept of the last thousand only', async () => {
    const { world, statuses } = memory();
    for (let number = 1; number <= 1_001; number += 1) await statuses.status({ ...REF, number });
    world.answer = away;
    await expect(statuses.status(REF)).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    expect(await statuses.status({ ...REF, number: 2 })).toMatchObject({ kind: 'lastKnown' });
  });
});
