import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { RollbackClient } from '../../src/client';
import { rollbackId, serviceId } from '../../src/domain/rollback/request';
import { RetryableError } from '../../src/ports';
import { replayThrough } from '../../src/temporal';
import { dataConverterOf } from '../../src/temporal/data-converter';
import { alert } from '../domain/rollback/support/fixtures';
import { past, Theatre } from '../workflows/support/play';
import { until } from '../workflows/support/until';
import { readableIn } from './readable-in';

const LONGEST_MS = 60_000;
const A = `a:${randomBytes(32).toString('base64')}`;
const B = `b:${randomBytes(32).toString('base64')}`;
const keys = (text: string) => dataConverterOf({ PHASED_ROLLBACK_PAYLOAD_KEYS: text });
const MARKER = 'card 4711 declined';

/** A rollback that waits for its first approval; its alert carries the marker. */
async function waiting(theatre: Theatre) {
  const client = new RollbackClient({
    client: theatre.client,
    signalMs: LONGEST_MS,
    readBackMs: LONGEST_MS,
    previewMs: LONGEST_MS,
  });
  const { service, world } = theatre.furnish();
  const of = { environment: 'prod', service };
  const said = (kind: string) => ({ id: `${kind}-${Date.now()}`, by: 'ada', at: Date.now(), reason: 'because' });
  await client.tellService(of, { ...said('release'), kind: 'release', releases: past(Date.now()) });
  const now = Date.now();
  const fresh = alert({ service, title: MARKER, startsAt: now - 1_000, receivedAt: now, sentAt: now });
  await client.alerts(of, [{ deliveryId: 'd1', alert: fresh }]);
  const ref = await until('a rollback', () => client.latest(of));
  const wait = await until('it waits', async () => {
    const seen = await client.status(ref);
    return seen.kind === 'live' ? seen.view.wait : undefined;
  });
  return { client, of, ref, wait, said, world };
}

describe('payloads that are sealed', () => {
  let sealed: Theatre;
  let plain: Theatre;
  beforeAll(async () => {
    [sealed, plain] = await Promise.all([Theatre.open('sealed', keys(A)), Theatre.open('plain')]);
  });
  afterAll(() => Promise.all([sealed.close(), plain.close()]));

  it('leave nothing readable in any history, failures included; without keys all of it is', async () => {
    for (const [theatre, isReadable] of [
      [sealed, false],
      [plain, true],
    ] as const) {
      const { client, of, ref } = await waiting(theatre);
      await expect(client.preview({ environment: 'prod', service: 'nobody' }, {})).rejects.toThrow('no service nobody');
      const previews = theatre.client.workflow.list({ query: "WorkflowType = 'preview'" });
      const failed = await until('the preview is listed', async () => {
        for await (const run of previews) return run.workflowId;
        return undefined;
      });
      const told = await Promise.all(
        [serviceId(of), rollbackId(ref), failed].map((id) => readableIn(theatre.client, id)),
      );
      expect(told.map((text) => text.includes(MARKER) || text.includes('no service nobody'))).toEqual(
        told.map(() => isReadable),
      );
    }
  });

  it('say why a step fails to whoever has the key, while nobody is at work, and to nobody else', async () => {
    const { client, ref, wait, said, world } = await waiting(sealed);
    world.duringShift = async () => {
      throw new RetryableError('TARGET_UNREACHABLE', MARKER);
    };
    await client.tellRollback(ref, { ...said('approve'), kind: 'approve', waitId: wait.id });
    const handle = sealed.client.workflow.getHandle(rollbackId(ref));
    const failed = await until('a step has failed', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.find((activity) => activity.lastFailure)?.lastFailure ?? undefined;
    });
    await sealed.dismiss();
    expect(failed).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
    expect(Buffer.from(failed.encodedAttributes?.data ?? []).toString('latin1')).not.toMatch(/^$|card 4711/);
    const seen = await until('nobody answers', async () => {
      const status = await client.status(ref);
      return status.kind === 'described' ? status.described : undefined;
    });
    expect(seen.detail).toContain(MARKER);
    const lacking = new RollbackClient({ client: sealed.clientWith(keys(B)) });
    await expect(lacking.status(ref)).rejects.toMatchObject({ code: 'PAYLOADS_SEALED' });
    await expect(lacking.list({ limit: 1 })).rejects.toMatchObject({ code: 'PAYLOADS_SEALED' });
    world.duringShift = async () => undefined;
    await sealed.hire();
  });

  it('replay with the keys of the environment, which is what an upgrade looks at first', async () => {
    const { ref } = await waiting(sealed);
    const history = await sealed.client.workflow.getHandle(rollbackId(ref)).fetchHistory();
    const bundle = join(__dirname, '..', '..', 'dist', 'workflow-bundle.sealed.js');
    const replayed = async (payloadKeys: string) => {
      process.env.PHASED_ROLLBACK_PAYLOAD_KEYS = payloadKeys;
      const runs = (async function* () {
        yield { workflowId: rollbackId(ref), history };
      })();
      return replayThrough(bundle, runs).finally(() => delete process.env.PHASED_ROLLBACK_PAYLOAD_KEYS);
    };
    expect(await replayed(A)).toEqual([]);
    expect(await replayed(B)).toMatchObject([
      { workflowId: rollbackId(ref), detail: expect.stringContaining('key a') },
    ]);
  });

  it('are read over a change of keys; a worker without the key loses nothing and says which one it lacks', async () => {
    const { ref, wait, said } = await waiting(sealed);
    const withBoth = sealed.clientWith(keys(`${B},${A}`));
    const both = new RollbackClient({ client: withBoth, signalMs: LONGEST_MS, readBackMs: LONGEST_MS });
    const brief = new RollbackClient({ client: withBoth, signalMs: LONGEST_MS, readBackMs: 1_000 });
    await sealed.dismiss();
    await sealed.hire({ dataConverter: keys(`${B},${A}`) });
    expect(await both.tellRollback(ref, { ...said('pause'), kind: 'pause' })).toMatchObject({ kind: 'applied' });

    await sealed.dismiss();
    await sealed.hire({ dataConverter: keys(B) });
    expect(await brief.tellRollback(ref, { ...said('resume'), kind: 'resume' })).toMatchObject({ kind: 'recorded' });
    const stuck = await until('it is shown stuck', async () => {
      const seen = await both.status(ref);
      return seen.kind === 'described' && seen.described.condition === 'stuck' ? seen.described : undefined;
    });
    expect(stuck.detail).toContain('sealed with key a');
    const lacking = new RollbackClient({ client: sealed.clientWith(keys(B)) });
    await expect(lacking.status(ref)).rejects.toMatchObject({
      code: 'PAYLOADS_SEALED',
      message: expect.stringContaining('sealed with key a, which is not given here (b is)') as string,
    });

    await sealed.dismiss();
    await sealed.hire({ dataConverter: keys(`${B},${A}`) });
    await until('it goes on', async () => {
      const seen = await both.status(ref);
      return seen.kind === 'live' && !seen.view.paused ? seen : undefined;
    });
    const approve = { ...said('approve'), kind: 'approve' as const, waitId: wait.id };
    expect(await both.tellRollback(ref, approve)).toMatchObject({ kind: 'applied' });
    const end = await until('it ends', async () => {
      const seen = await both.status(ref);
      return seen.kind === 'live' ? seen.view.end : undefined;
    });
    expect(end).toMatchObject({ kind: 'succeeded' });
  });
});
