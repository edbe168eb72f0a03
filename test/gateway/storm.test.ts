import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { ALERT_LIMITS } from '../../src/gateway/limits';
import { CALL_PACE_MS } from '../../src/gateway/service-lane';
import { alertmanagerBody, gateway } from './support';

const NONE_OUT = { kind: 'some', services: [] } as const;

interface Change {
  readonly labels?: Readonly<Record<string, string>>;
  readonly fingerprints?: readonly string[];
  readonly status?: 'firing' | 'resolved';
}

function bodyOf({ labels, fingerprints, status = 'firing' }: Change): string {
  const body = alertmanagerBody(labels, fingerprints) as { alerts: { status: string }[] };
  return JSON.stringify({ ...body, alerts: body.alerts.map((alert) => ({ ...alert, status })) });
}

function deliver(app: FastifyInstance, change: Change = {}, payload = bodyOf(change)) {
  const headers = { 'content-type': 'application/json' };
  return app.inject({ method: 'POST', url: '/v1/alerts/alertmanager', headers, payload });
}

/** A client whose calls wait until they are let go. */
function hold(client: { held: Promise<void> }): () => void {
  let letGo: () => void = () => undefined;
  client.held = new Promise((resolve) => (letGo = resolve));
  return letGo;
}

/** Lets everything that can happen without the outside world happen. */
async function settled(until: () => boolean): Promise<void> {
  while (!until()) await new Promise((resolve) => setImmediate(resolve));
}

async function metric(app: FastifyInstance, name: string): Promise<number> {
  const page = (await app.inject({ url: '/metrics' })).body;
  const line = page.split('\n').find((entry) => entry.startsWith(`phased_rollback_${name} `));
  return Number(line?.split(' ')[1]);
}

describe('many deliveries of one incident', () => {
  it('takes one call to Temporal, and answers nobody before that is durable', async () => {
    const { app, client } = await gateway();
    const letGo = hold(client);
    const answers: number[] = [];
    const sent = Array.from({ length: 50 }, () => deliver(app).then((answer) => answers.push(answer.statusCode)));
    await settled(() => client.calledAt.length === 1);
    expect(answers).toEqual([]);
    letGo();
    await Promise.all(sent);
    expect(answers).toEqual(Array.from({ length: 50 }, () => 202));
    expect(client.calledAt.length).toBe(1);
    expect(client.recorded).toHaveLength(1);
    expect(await metric(app, 'alerts_total{handling="coalesced"}')).toBe(49);
    expect(await metric(app, 'alert_deliveries_total{result="accepted"}')).toBe(50);
  });

  it('puts what arrives during a call together into the next', async () => {
    const { app, client } = await gateway();
    const letGo = hold(client);
    const first = deliver(app, { fingerprints: ['f1'] });
    await settled(() => client.calledAt.length === 1);
    const growing = ['f2', 'f3', 'f4'].map((_newest, index, all) =>
      deliver(app, { fingerprints: ['f1', ...all.slice(0, index + 1)] }),
    );
    await settledMetric(app, 'alerts_total{handling="recorded"}', 4);
    letGo();
    for (const answer of await Promise.all([first, ...growing])) expect(answer.statusCode).toBe(202);
    expect(client.calledAt.length).toBe(2);
    expect(client.recorded.map(({ alert }) => alert.fingerprint)).toEqual(['f1', 'f2', 'f3', 'f4']);
  });

  it('leaves a service pauses, in which its workflow can continue as new', async () => {
    const { app, client } = await gateway();
    const before = performance.now();
    for (const fingerprint of ['f1', 'f2', 'f3']) await deliver(app, { fingerprints: [fingerprint] });
    expect(client.calledAt).toHaveLength(3);
    // A call is heard of some time after it began, so that both pauses are held together; a timer may be a millisecond early.
    expect((client.calledAt[2] ?? 0) - before).toBeGreaterThan(2 * (CALL_PACE_MS - 2));
  });

  it('answers 503 to everybody who shared a call that failed, and records the next one for itself', async () => {
    const { app, client } = await gateway();
    const letGo = hold(client);
    const sent = [deliver(app), deliver(app), deliver(app, { fingerprints: ['f1', 'f2'] })];
    await settledMetric(app, 'alerts_total{handling="coalesced"}', 2);
    client.down = true;
    letGo();
    for (const answer of await Promise.all(sent)) {
      expect(answer.statusCode).toBe(503);
      expect(answer.json()).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
    }
    expect(await metric(app, 'alert_deliveries_total{result="unavailable"}')).toBe(3);
    client.down = false;
    expect((await deliver(app)).statusCode).toBe(202);
    expect(client.recorded.map(({ alert }) => alert.fingerprint)).toEqual(['f1']);
  });

  it('records a repeat for itself after a second, and other news at once and in order', async () => {
    const { app, client, clock } = await gateway();
    await deliver(app);
    await deliver(app);
    await deliver(app, { status: 'resolved' });
    await deliver(app);
    await deliver(app, { labels: { severity: 'warning' } });
    clock.aheadMs += 1_000;
    await deliver(app, { labels: { severity: 'warning' } });
    const told = client.recorded.map(({ alert }) => `${alert.status} ${alert.severity}`);
    expect(told).toEqual([
      'firing critical',
      'resolved critical',
      'firing critical',
      'firing warning',
      'firing warning',
    ]);
  });
});

describe('more deliveries than a gateway can take', () => {
  it('sends those of a service for which too many wait away, and takes those of another', async () => {
    const { app, client } = await gateway([], NONE_OUT, { ...ALERT_LIMITS, perService: 2 });
    const letGo = hold(client);
    const waiting = [deliver(app), deliver(app)];
    await settledMetric(app, 'alerts_total{handling="coalesced"}', 1);
    const away = await deliver(app);
    expect(away.statusCode).toBe(503);
    expect(away.headers['retry-after']).toBe('5');
    expect(away.json()).toMatchObject({ code: 'TOO_MANY_ALERTS' });
    const other = deliver(app, { labels: { service: 'cart', environment: 'staging' } });
    letGo();
    for (const answer of await Promise.all([...waiting, other])) expect(answer.statusCode).toBe(202);
    expect((await deliver(app)).statusCode).toBe(202);
  });

  it.each([
    ['their number', { ...ALERT_LIMITS, deliveries: 2 }],
    ['their bytes', { ...ALERT_LIMITS, bytes: 2 * Buffer.byteLength(bodyOf({})) }],
  ])('sends them away by %s before it reads them, hears people meanwhile, and recovers', async (_name, limits) => {
    const { app, client } = await gateway([], NONE_OUT, limits);
    const letGo = hold(client);
    const waiting = [deliver(app), deliver(app)];
    await settledMetric(app, 'alerts_total{handling="coalesced"}', 1);
    const unread = await deliver(app, {}, '{ this is no JSON');
    expect(unread.statusCode).toBe(503);
    expect(unread.headers['retry-after']).toBe('5');
    expect(unread.json()).toMatchObject({ code: 'TOO_MANY_ALERTS' });
    const word = { method: 'POST', url: '/v1/rollbacks/prod/checkout/1/commands', payload: { kind: 'pause' } } as const;
    expect((await app.inject(word)).statusCode).toBe(200);
    letGo();
    for (const answer of await Promise.all(waiting)) expect(answer.statusCode).toBe(202);
    expect((await deliver(app)).statusCode).toBe(202);
    expect(await metric(app, 'alert_deliveries_total{result="shed"}')).toBe(1);
  });

  it('sends them away while the event loop lags, and takes them again after', async () => {
    const { app } = await gateway([], NONE_OUT, { ...ALERT_LIMITS, lagMs: 50 });
    let status = 202;
    while (status === 202) {
      const busyUntil = Date.now() + 200;
      while (Date.now() < busyUntil);
      status = (await deliver(app)).statusCode;
    }
    expect(status).toBe(503);
    await untilAccepted(app);
  }, 30_000);

  it('gives the room of a sender that went away to the next, and cuts off a body that does not come', async () => {
    const { app, client } = await gateway([], NONE_OUT, { ...ALERT_LIMITS, deliveries: 1, requestMs: 300 });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    try {
      const head = 'POST /v1/alerts/alertmanager HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100\r\n\r\n{';
      const gone = connect(Number(new URL(url).port), '127.0.0.1', () => gone.write(head));
      await refused(app);
      gone.destroy();
      await untilAccepted(app);
      const stalled = connect(Number(new URL(url).port), '127.0.0.1', () => stalled.write(head));
      const cutOff = new Promise((resolve) => stalled.once('close', resolve).resume());
      await refused(app);
      await cutOff;
      await untilAccepted(app);
      expect(client.calledAt.length).toBeGreaterThan(0);
    } finally {
      await app.close();
    }
  }, 30_000);
});

async function refused(app: FastifyInstance): Promise<void> {
  while ((await deliver(app)).statusCode !== 503) await new Promise((resolve) => setImmediate(resolve));
}

async function untilAccepted(app: FastifyInstance): Promise<void> {
  while ((await deliver(app)).statusCode !== 202) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function settledMetric(app: FastifyInstance, name: string, value: number): Promise<void> {
  while ((await metric(app, name)) !== value) await new Promise((resolve) => setImmediate(resolve));
}
