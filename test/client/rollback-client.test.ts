import { Client, Connection } from '@temporalio/client';
import { RollbackClient } from '../../src/client';
import type { StatusSnapshot } from '../../src/domain/report';
import type { RollbackRef } from '../../src/domain/rollback/request';
import { alert } from '../domain/rollback/support/fixtures';
import { past, Theatre } from '../workflows/support/play';
import type { PlayOptions } from '../workflows/support/play';
import { until } from '../workflows/support/until';

const LONGEST_MS = 60_000;

describe('the client on a real server', () => {
  let theatre: Theatre;
  let client: RollbackClient;
  /** Does not wait long for an answer that nobody gives. */
  let brief: RollbackClient;

  beforeAll(async () => {
    theatre = await Theatre.open('client');
    client = new RollbackClient({
      client: theatre.client,
      signalMs: LONGEST_MS,
      readBackMs: LONGEST_MS,
      previewMs: LONGEST_MS,
    });
    brief = new RollbackClient({ client: theatre.client, signalMs: LONGEST_MS, readBackMs: 1_000 });
  });
  afterAll(() => theatre.close());

  const said = (kind: string) => ({ id: `${kind}-${Date.now()}`, by: 'ada', at: Date.now(), reason: 'because' });

  /** A service with a past, whose next alert is met by a gate. */
  async function service(options: Pick<PlayOptions, 'policy'> = {}) {
    const { service: name, world } = theatre.furnish(options);
    const of = { environment: 'prod', service: name };
    await client.tellService(of, { ...said('release'), kind: 'release', releases: past(Date.now()) });
    return { of, world };
  }

  async function alerted(of: { environment: string; service: string }): Promise<RollbackRef> {
    const now = Date.now();
    const fresh = alert({ service: of.service, startsAt: now - 1_000, receivedAt: now, sentAt: now });
    await client.alerts(of, [{ deliveryId: `delivery-${now}`, alert: fresh }]);
    return until('a rollback', () => client.latest(of));
  }

  const isWaiting = (snapshot: StatusSnapshot) =>
    snapshot.kind === 'live' && snapshot.view.wait?.reason === 'GATE' ? snapshot.view : undefined;

  it('leads an alert to a rollback that asks, and an approval to its end', async () => {
    const { of } = await service();
    const ref = await alerted(of);
    const view = await until('its gate', async () => isWaiting(await client.status(ref)));
    const approve = { ...said('approve'), kind: 'approve' as const, waitId: view.wait?.id };
    expect(await client.tellRollback(ref, approve)).toEqual({ kind: 'applied', text: 'approved by ada' });
    const end = await until('its end', async () => {
      const seen = await client.status(ref);
      return seen.kind === 'live' ? seen.view.end : undefined;
    });
    expect(end).toMatchObject({ kind: 'succeeded' });
    const ended = await client.state(ref);
    expect(ended.outcomes).toMatchObject([{ id: approve.id, result: 'applied' }]);
  });

  it('refuses a word to a rollback that has ended, and to one that never was', async () => {
    const { of } = await service();
    const ref = await alerted(of);
    await until('its gate', async () => isWaiting(await client.status(ref)));
    const abort = { ...said('abort'), kind: 'abort' as const };
    const first = await client.tellRollback(ref, abort);
    await theatre.client.workflow.getHandle(`rollback/prod/${of.service}/1`).result();
    // Said again because its answer was lost on the way: it was taken, and that is still the answer.
    expect(await client.tellRollback(ref, abort)).toEqual(first);
    const late = await client.tellRollback(ref, { ...said('pause'), kind: 'pause' });
    expect(late).toMatchObject({ kind: 'refused', code: 'ENDED' });
    const never = { ...ref, number: 99 };
    expect(await client.tellRollback(never, { ...said('pause'), kind: 'pause' })).toMatchObject({ kind: 'refused' });
    expect(await client.status(never)).toEqual({ kind: 'notFound' });
  });

  it('passes on why a word was refused', async () => {
    const { of } = await service();
    const ref = await alerted(of);
    await until('its gate', async () => isWaiting(await client.status(ref)));
    const stale = { ...said('approve'), kind: 'approve' as const, waitId: 'w99' };
    expect(await client.tellRollback(ref, stale)).toMatchObject({ kind: 'refused', code: 'WAIT_IS_OVER' });
    const start = { ...said('start'), kind: 'start' as const };
    expect(await client.tellService(of, start)).toMatchObject({ kind: 'refused', code: 'ROLLBACK_LIVE' });
  });

  it('keeps alerts and words while no worker is alive, says so, and describes what it cannot ask', async () => {
    const waiting = await service();
    const ref = await alerted(waiting.of);
    await until('its gate', async () => isWaiting(await client.status(ref)));
    const { of: quiet } = await service();
    await theatre.dismiss();
    try {
      expect(await brief.tellRollback(ref, { ...said('pause'), kind: 'pause' })).toMatchObject({
        kind: 'recorded',
        because: expect.stringMatching(/^(it did not answer in time|no worker is alive)/),
      });
      const described = await client.status(ref);
      expect(described).toMatchObject({ kind: 'described', described: { stage: 'waiting' } });
      const now = Date.now();
      const fresh = alert({ service: quiet.service, startsAt: now - 1_000, receivedAt: now, sentAt: now });
      await client.alerts(fresh, [{ deliveryId: 'in the dark', alert: fresh }]);
      expect(await client.gate(quiet, 'v42')).toMatchObject({ allowed: 'unknown' });
    } finally {
      await theatre.hire();
    }
    const paused = await until('it is paused', async () => {
      const seen = await client.status(ref);
      return seen.kind === 'live' && seen.view.paused ? seen.view : undefined;
    });
    expect(paused.wait?.reason).toBe('PAUSED');
    expect(await until('its rollback', () => client.latest(quiet))).toMatchObject({ number: 1 });
  });

  it('previews the plan of a start, with its checks, and changes nothing', async () => {
    const { of, world } = await service();
    const preview = await client.preview(of, { cause: 'errors', pace: 'express' });
    expect(preview).toMatchObject({
      kind: 'plan',
      plan: { fromRevision: 'v42', toRevision: 'v41', pace: 'express', extent: ['eu', 'us'] },
    });
    const checks = preview.kind === 'plan' ? preview.checks.map(({ check, status }) => `${check} ${status}`) : [];
    expect([...new Set(checks)]).toEqual([
      'quarantine pass',
      'declared schema warn',
      'point of no return pass',
      'dry run pass',
      'revision present pass',
      'ready capacity warn',
    ]);
    expect(world.applied).toEqual([]);
    expect((await client.serviceView(of))?.live).toBeUndefined();
  });

  it('says why there is no preview', async () => {
    const { of } = await service();
    const back = await client.preview(of, { fromRevision: 'v42', toRevision: 'v42' });
    expect(back).toMatchObject({ kind: 'none', code: 'SAME_REVISION' });
    await expect(client.preview({ environment: 'prod', service: 'nobody' }, {})).rejects.toMatchObject({
      code: 'PREVIEW_FAILED',
      message: 'no service nobody',
    });
  });

  it('lists, and answers the gate from what the service knows', async () => {
    const { of } = await service();
    const ref = await alerted(of);
    expect(await until('it is listed', async () => (await client.list({ ...of, limit: 5 })).at(0))).toMatchObject(ref);
    await client.tellService(of, { ...said('quarantine'), kind: 'quarantine', revision: 'v40' });
    expect(await client.gate(of, 'v40')).toMatchObject({ allowed: false });
    expect(await client.gate({ environment: 'prod', service: 'unheard-of' }, 'v1')).toEqual({ allowed: true });
  });

  it('fails loudly when Temporal is away, because then nothing was recorded', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1', connectTimeout: 200 });
    const away = new RollbackClient({ client: new Client({ connection }) });
    const lost = alert({ receivedAt: Date.now() });
    await expect(away.alerts(lost, [{ deliveryId: 'd', alert: lost }])).rejects.toMatchObject({
      code: 'TEMPORAL_UNAVAILABLE',
    });
    expect(await away.reachable()).toBe(false);
    await connection.close();
  });
});
