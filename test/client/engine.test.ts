import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Notification } from '../../src/ports';
import { RollbackClient } from '../../src/client';
import { serviceOutcomeQuery } from '../../src/contracts/definitions';
import { rollbackId, serviceId } from '../../src/domain/rollback/request';
import { livenessOf } from '../../src/worker/liveness';
import { ServiceWatch } from '../../src/worker/watch-services';
import { alert, POLICY } from '../domain/rollback/support/fixtures';
import { FAST_POLICY, past, Theatre } from '../workflows/support/play';
import { until } from '../workflows/support/until';

const BUNDLE = join(__dirname, '..', '..', 'dist', 'workflow-bundle.js');

describe('an engine that is ill', () => {
  let theatre: Theatre;
  let client: RollbackClient;
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-ill-'));

  beforeAll(async () => {
    theatre = await Theatre.open('engine');
    client = new RollbackClient({ client: theatre.client, signalMs: 60_000, readBackMs: 500 });
  });
  afterAll(async () => {
    await theatre.close();
    rmSync(dir, { recursive: true });
  });

  const said = (kind: string) => ({ id: `${kind}-${Date.now()}`, by: 'ada', at: Date.now(), reason: 'because' });

  async function deliver(service: string, deliveryId: string): Promise<void> {
    const now = Date.now();
    const fresh = alert({ service, startsAt: now - 1_000, receivedAt: now, sentAt: now });
    await client.alerts(fresh, [{ deliveryId, alert: fresh }]);
  }

  /** The product's own build, with a bug in the workflow of that name. */
  function buildWithBugIn(workflow: 'rollback' | 'service'): string {
    const head = `async function ${workflow}(input) {`;
    const whole = readFileSync(BUNDLE, 'utf8');
    expect(whole.split(head)).toHaveLength(2);
    const path = join(dir, `${workflow}.js`);
    writeFileSync(path, whole.replace(head, `${head} throw new TypeError('a bug of this build');`));
    return path;
  }

  it('is told of by the service of a rollback that is stuck, once, and again when it goes on', async () => {
    const { service, world } = theatre.furnish();
    const of = { environment: 'prod', service };
    await client.tellService(of, { ...said('release'), kind: 'release', releases: past(Date.now()) });
    await deliver(service, 'd1');
    const ref = await until('a rollback', () => client.latest(of));
    await until('it waits', async () => {
      const seen = await client.status(ref);
      return seen.kind === 'live' && seen.view.wait ? seen : undefined;
    });
    await theatre.dismiss();
    await theatre.hire({ workflowBundlePath: buildWithBugIn('rollback') });

    const pause = await client.tellRollback(ref, { ...said('pause'), kind: 'pause' });
    expect(pause.kind).toBe('recorded');
    const stuck = await until('it is shown stuck', async () => {
      const seen = await client.status(ref);
      return seen.kind === 'described' && seen.described.condition === 'stuck' ? seen.described : undefined;
    });
    expect(stuck).toMatchObject({ stage: 'waiting', detail: expect.stringMatching(/failed \d+ times: a bug of this/) });
    expect(await client.tellRollback(ref, { ...said('resume'), kind: 'resume' })).toMatchObject({
      kind: 'recorded',
      because: expect.stringMatching(/^it is stuck; it is read when that is mended/),
    });
    const told = (title: string) => world.notifications.filter((one) => one.title === title);
    await deliver(service, 'd2');
    await deliver(service, 'd3');
    const title = `rollback/prod/${service}/1 is STUCK`;
    const page = await until('a page', async () => told(title)[0]);
    expect(page).toMatchObject({ level: 'page', text: expect.stringContaining('a bug of this build') });
    // What comes while it is still busy with an alert is taken in with that one, and the run is looked at a tick later.
    const door = theatre.client.workflow.getHandle(serviceId(of));
    await until('the service has answered', () => door.query(serviceOutcomeQuery, 'd3'));

    await theatre.dismiss();
    await theatre.hire();
    await until('it goes on', async () => {
      const seen = await client.status(ref);
      return seen.kind === 'live' ? seen : undefined;
    });
    // A status may be answered while Temporal still waits to try the task again; the service would hear of that a tick later.
    await until('Temporal knows it', async () => {
      const liveness = await livenessOf(theatre.client, rollbackId(ref));
      return liveness.kind === 'running' && liveness.stuck === undefined ? true : undefined;
    });
    await deliver(service, 'd4');
    await until('the all-clear', async () => told(`rollback/prod/${service}/1 goes on`)[0]);
    expect(told(title)).toHaveLength(1);
    await client.tellRollback(ref, { ...said('abort'), kind: 'abort' });
  });

  it('is told of by the workers when a service itself is stuck', async () => {
    const { service } = theatre.furnish();
    await client.tellService({ environment: 'prod', service }, { ...said('mode'), kind: 'mode', mode: 'ask' });
    await theatre.dismiss();
    await theatre.hire({ workflowBundlePath: buildWithBugIn('service') });
    const pages: Notification[] = [];
    const watch = new ServiceWatch({
      policies: async () => [{ ...POLICY, service }],
      livenessOf: (id) => livenessOf(theatre.client, id),
      tell: async (_policy, notification) => void pages.push(notification),
      log: { error: () => undefined, warn: () => undefined },
      now: () => Date.now(),
    });
    try {
      const answer = await client.tellService(
        { environment: 'prod', service },
        { ...said('mode'), kind: 'mode', mode: 'observe' },
      );
      expect(answer.kind).toBe('recorded');
      const page = await until('a page', async () => {
        await watch.look();
        return pages[0];
      });
      expect(page).toMatchObject({ title: `${serviceId({ environment: 'prod', service })} is STUCK`, level: 'page' });
      await watch.look();
      expect(pages).toHaveLength(1);
    } finally {
      await theatre.dismiss();
      await theatre.hire();
    }
  });

  it('shows what waits because every worker is full, and acts on words all the same', async () => {
    // Of its own: services watched elsewhere would take the only slot.
    const small = await Theatre.open('full');
    await small.dismiss();
    await small.hire({ watchSlots: 1 });
    const outside = new RollbackClient({ client: small.client });
    const slow = {
      policy: { timing: { ...FAST_POLICY.timing, longestBakeMs: 600_000, noDataMs: 600_000 } },
      world: (world: { metricsMissing: boolean }) => (world.metricsMissing = true),
    };
    try {
      const first = await small.play(slow);
      await first.until('the first is watched', (view) => view.doing === 'WATCHING');
      const second = await small.play(slow);
      const waiting = await until('the second waits', async () => {
        const seen = await outside.status(second.request);
        return seen.kind === 'live' ? seen.waiting : undefined;
      });
      expect(waiting).toMatchObject({ step: expect.stringMatching(/^(bake|awaitCapacity)$/), workerAlive: true });
      const seen = await until('the first answers', async () => {
        const status = await outside.status(first.request);
        return status.kind === 'live' ? status : undefined;
      });
      expect(seen.waiting).toBeUndefined();
      for (const play of [second, first]) {
        expect(await play.say('now')).toMatchObject({ result: 'applied' });
        await play.until('it has gone all the way', (view) => view.moved === 100);
      }
    } finally {
      await small.close();
    }
  });
});
