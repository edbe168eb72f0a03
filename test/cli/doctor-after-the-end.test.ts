import { NOW } from '../domain/report/support/views';
import { Consulting, doorOf } from './support/doctor';

const HOUR_MS = 3_600_000;
const consulting = new Consulting();
afterAll(() => consulting.close());

describe('doctor of a service after a rollback', () => {
  beforeAll(() => consulting.write({ type: 'in-memory', sticky: true, revisions: { v41: 100 } }));

  it.each([
    {
      title: 'is as it left it',
      change: {},
      found: expect.objectContaining({
        state: 'ok',
        seen: 'nothing has drifted on eu, watched until 2026-11-24T01:06:00Z',
      }),
    },
    {
      title: 'has drifted since',
      change: { drifts: [{ target: 'eu', revision: 'v43', weight: 40, left: 0, at: NOW - HOUR_MS }] },
      found: expect.objectContaining({
        state: 'note',
        seen: 'drifted: eu v43 0 % → 40 % at 2026-11-23T02:06:00Z; watched until 2026-11-24T01:06:00Z',
        fix: expect.stringContaining('phased-rollback start prod/checkout'),
      }),
    },
    {
      title: 'is what it took back',
      change: { fromRevision: 'v42', cameBackAt: NOW - HOUR_MS },
      found: expect.objectContaining({
        seen: expect.stringContaining('drifted: v42 was back at 2026-11-23T02:06:00Z'),
      }),
    },
    {
      title: 'could not be read, and had too little ready',
      change: {
        troubles: [
          { kind: 'unread' as const, target: 'eu', detail: 'no answer', at: NOW - HOUR_MS },
          { kind: 'short' as const, target: 'eu', revision: 'v41', weight: 100, capacity: 40, at: NOW },
        ],
      },
      found: expect.objectContaining({
        state: 'note',
        seen: 'drifted: eu could not be read at 2026-11-23T02:06:00Z, eu v41 was ready for 40 % of 100 % at 2026-11-23T03:06:00Z; watched until 2026-11-24T01:06:00Z',
      }),
    },
    { title: 'is no longer watched', change: { endedAt: NOW - 25 * HOUR_MS }, found: undefined },
  ])('says what the last rollback left, and until when it is watched: it $title', async ({ change, found }) => {
    const last = { number: 6, end: 'succeeded' as const, reason: 'CENSUS_AS_PLANNED', text: '', toRevision: 'v41' };
    const past = [{ ...last, endedAt: NOW - 2 * HOUR_MS, left: { eu: { v41: 100 } }, ...change }];
    const door = doorOf(NOW);
    door.serviceSeen = { ...door.serviceSeen!, past };
    expect((await consulting.ask(door, 'prod/checkout'))('after rollback 6')).toEqual(found);
  });
});
