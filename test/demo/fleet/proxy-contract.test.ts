import { startFleet } from '../../../src/demo/fleet/fleet';
import type { Fleet } from '../../../src/demo/fleet/fleet';
import { compiledFleet, temporaryFolder, until } from './compiled';
import { SECRET, ask, poll, weightIn } from './contract-caller';

const folder = temporaryFolder();
let fleet: Fleet;
let url: string;
const truth = async (): Promise<number | undefined> =>
  (await fleet.observe())[0]?.revisions.find((entry) => entry.revision === 'v41')?.weight;
const shifts = (): unknown[] => fleet.effects().filter((effect) => effect.operation === 'shift');

beforeAll(async () => {
  fleet = await startFleet({
    stateDir: folder.path,
    processDir: compiledFleet(),
    regions: ['eu'],
    requestsPerSecond: 0,
    old: { revision: 'v41' },
    bad: { revision: 'v42' },
    startupMs: 300,
    secret: SECRET,
  });
  url = fleet.targets[0]?.url ?? '';
});

afterEach(() => fleet.setFaults('eu', {}));

afterAll(async () => {
  await fleet.stop();
  folder.remove();
});

// The tests go through one target's life in order: nothing ready, half ready, all ready.
describe('the target before anything is ready', () => {
  it('serves everything from the new revision and has no old instance', async () => {
    const reply = await ask(url, { operation: 'observe' });
    expect(reply.status).toBe(200);
    expect(reply.body.observed?.revisions).toEqual(
      expect.arrayContaining([
        { revision: 'v41', weight: 0, readyCapacity: 0, readyInstances: 0 },
        { revision: 'v42', weight: 100, readyCapacity: 100, readyInstances: 2 },
      ]),
    );
    expect((await fetch(fleet.targets[0]?.probeUrl ?? '')).status).toBe(503);
  });

  it('answers a dry run well and changes nothing', async () => {
    expect((await ask(url, { operation: 'check' })).body.status).toBe('done');
    expect(fleet.effects()).toEqual([]);
  });

  it('refuses a shift beyond ready capacity and names the capacity', async () => {
    const reply = await ask(url, { operation: 'shift', number: 1, desired: 25, expected: 0 });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({ status: 'refused', detail: expect.stringContaining('ready capacity 0 %') });
    expect(await truth()).toBe(0);
  });

  it.each([
    { name: 'an unknown revision', change: { to: 'v40' }, detail: 'v40' },
    { name: 'another target', change: { target: 'mars' }, detail: 'mars' },
    { name: 'no Idempotency-Key', change: { key: null }, detail: 'Idempotency-Key' },
    { name: 'a weight over 100', change: { desired: 101 }, detail: 'desired.weight' },
  ])('refuses $name', async ({ change, detail }) => {
    const reply = await ask(url, { operation: 'shift', number: 1, desired: 0, expected: 0, ...change });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({ status: 'refused', detail: expect.stringContaining(detail) });
  });

  it.each([
    { name: 'no signature', signature: null },
    { name: 'a wrong signature', signature: 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=' },
  ])('does not listen to $name', async ({ signature }) => {
    expect((await ask(url, { operation: 'observe', signature })).status).toBe(401);
  });
});

describe('prepare', () => {
  it('starts as many instances as the share needs, is polled while they start, and counts as one change', async () => {
    const asked = { operation: 'prepare', number: 2, desired: 50 } as const;
    // Both at once: an instance that starts in a moment may be there before a second question.
    const [first, again] = await Promise.all([ask(url, asked), ask(url, asked)]);
    for (const reply of [first, again])
      expect(reply).toMatchObject({ status: 202, body: { status: 'accepted', pollAfterSeconds: 0.25 } });
    const statusUrl = first.body.statusUrl ?? '';
    await until('the instance is ready', async () => (await poll(statusUrl)).status === 200);
    const polled = await poll(statusUrl);
    expect(polled.body).toMatchObject({ status: 'done' });
    expect(polled.body.observed?.revisions).toContainEqual({
      revision: 'v41',
      weight: 0,
      readyCapacity: 50,
      readyInstances: 1,
    });
    expect((await ask(url, asked)).body).toEqual(polled.body);
    expect(fleet.effects()).toEqual([expect.objectContaining({ operation: 'prepare', from: 0, to: 50, number: 2 })]);
    expect((await fetch(fleet.targets[0]?.probeUrl ?? '')).status).toBe(200);
  });

  it('finds what is ready already in state', async () => {
    const reply = await ask(url, { operation: 'prepare', number: 3, desired: 40 });
    expect(reply).toMatchObject({ status: 200, body: { status: 'alreadyInState' } });
  });

  it('has a fence of its own', async () => {
    expect((await ask(url, { operation: 'prepare', number: 2, desired: 100, key: 'late' })).status).toBe(409);
    const shift = { operation: 'shift', number: 2, desired: 0, expected: 0 } as const;
    expect((await ask(url, shift)).body.status).toBe('alreadyInState');
  });
});

describe('shift', () => {
  it('changes once however often it is asked, and answers the same', async () => {
    const asked = { operation: 'shift', number: 4, desired: 10, expected: 0 } as const;
    const first = await ask(url, asked);
    expect(first).toMatchObject({ status: 200, body: { status: 'done' } });
    expect(weightIn(first)).toBe(10);
    const again = await ask(url, { ...asked, deadline: new Date(Date.now() + 60_000).toISOString() });
    expect(again).toEqual(first);
    expect(shifts()).toHaveLength(1);
  });

  it.each([
    { name: 'the same key with another body', change: { number: 20, key: 'rollback/prod/checkout/1/eu/shift/4' } },
    { name: 'a lower number', change: { number: 3 } },
    { name: 'a lower epoch', change: { number: 99, epoch: 999 } },
    { name: 'another expected weight', change: { number: 30, expected: 5 } },
  ])('answers $name with a conflict and changes nothing', async ({ change }) => {
    const inForce = await truth();
    const reply = await ask(url, {
      operation: 'shift',
      desired: 20,
      expected: 10,
      ...change,
    });
    expect(reply).toMatchObject({ status: 409, body: { status: 'conflict' } });
    expect(weightIn(reply)).toBe(inForce);
    expect(await truth()).toBe(inForce);
  });

  it('notices a change behind its hands', async () => {
    await fleet.foreignShift('eu', 30);
    const reply = await ask(url, { operation: 'shift', number: 40, desired: 50, expected: 10 });
    expect(reply.status).toBe(409);
    expect(weightIn(reply)).toBe(30);
  });

  it('refuses more than half while half is ready', async () => {
    const reply = await ask(url, { operation: 'shift', number: 41, desired: 51, expected: 30 });
    expect(reply.body.detail).toContain('ready capacity 50 %');
  });
});

describe('a target that misbehaves', () => {
  it('lies about its weight to the contract only', async () => {
    await fleet.setFaults('eu', { lieWeight: 77 });
    expect(weightIn(await ask(url, { operation: 'observe' }))).toBe(77);
    expect(await truth()).toBe(30);
  });

  it('refuses as often as it is told to', async () => {
    await fleet.setFaults('eu', { refuse: 'maintenance', operations: ['check'], times: 1 });
    expect((await ask(url, { operation: 'observe' })).status).toBe(200);
    expect(await ask(url, { operation: 'check' })).toMatchObject({ status: 422, body: { detail: 'maintenance' } });
    expect((await ask(url, { operation: 'check' })).status).toBe(200);
  });

  it('does what was asked and keeps the answer back, so that only reading back tells', async () => {
    await fleet.setFaults('eu', { hangMs: 60_000, operations: ['shift'] });
    const asked = { operation: 'shift', number: 50, desired: 40, expected: 30 } as const;
    await Promise.all([
      expect(ask(url, { ...asked, timeoutMs: 5_000 })).rejects.toThrow(/timeout/),
      until('it is done', async () => weightIn(await ask(url, { operation: 'observe' })) === 40),
    ]);
    await fleet.setFaults('eu', {});
    expect(await ask(url, asked)).toMatchObject({ status: 200, body: { status: 'done' } });
    expect(fleet.effects().filter((effect) => effect.number === 50)).toHaveLength(1);
  });

  it('shows metrics that are missing or not numbers', async () => {
    const scrape = (): Promise<Response> => fetch(fleet.targets[0]?.metricsUrl ?? '');
    await fleet.setFaults('eu', { metrics: 'unavailable' });
    expect((await scrape()).status).toBe(503);
    await fleet.setFaults('eu', { metrics: 'nan' });
    expect(await (await scrape()).text()).toContain('code="500"} NaN');
  });

  it('tells a mistaken fault from a fault', async () => {
    await expect(fleet.setFaults('mars', {})).rejects.toMatchObject({ code: 'UNKNOWN_TARGET' });
    await expect(fleet.foreignShift('eu', 101)).rejects.toMatchObject({ code: 'CONTROL_REFUSED' });
  });
});

describe('a target that was killed', () => {
  it('comes back with its weight, fences, keys and capacity', async () => {
    await fleet.killProxy('eu');
    await expect(ask(url, { operation: 'observe' })).rejects.toThrow('fetch failed');
    await fleet.restartProxy('eu');
    const seen = await ask(url, { operation: 'observe' });
    expect(seen.body.observed?.revisions).toContainEqual({
      revision: 'v41',
      weight: 40,
      readyCapacity: 50,
      readyInstances: 1,
    });
    const replayed = { operation: 'shift', number: 50, desired: 40, expected: 30 } as const;
    expect((await ask(url, replayed)).body.status).toBe('done');
    expect((await ask(url, { ...replayed, number: 49, desired: 20 })).status).toBe(409);
    expect(shifts()).toHaveLength(2);
  });
});
