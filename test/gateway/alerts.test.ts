import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { alertmanagerBody, gateway, SECRET } from './support';

const json = { 'content-type': 'application/json' };

describe('alerts at the door', () => {
  it('records every alert of a delivery, then answers 202', async () => {
    const { app, client } = await gateway();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/alerts/alertmanager',
      headers: json,
      payload: JSON.stringify(alertmanagerBody({}, ['f1', 'f2'])),
    });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({
      matched: true,
      accepted: [{ service: 'checkout', environment: 'prod' }, {}],
    });
    expect(client.recorded.map((message) => message.alert.fingerprint)).toEqual(['f1', 'f2']);
  });

  it('gives the same delivery the same id, and another one another', async () => {
    const { app, client, clock } = await gateway();
    const send = (body: unknown) => {
      clock.aheadMs += 2_000;
      return app.inject({
        method: 'POST',
        url: '/v1/alerts/alertmanager',
        headers: json,
        payload: JSON.stringify(body),
      });
    };
    await send(alertmanagerBody());
    await send(alertmanagerBody());
    await send({ ...(alertmanagerBody() as object), notification_reason: 'repeat interval elapsed' });
    const [first, again, repeat] = client.recorded.map((message) => message.deliveryId);
    expect(again).toBe(first);
    expect(repeat).not.toBe(first);
  });

  it.each([
    ['no JSON', 'alertmanager', '{', 400, 'DELIVERY_UNREADABLE'],
    ['another version', 'alertmanager', JSON.stringify({ version: '3', alerts: [] }), 400, 'DELIVERY_UNREADABLE'],
    ['an unknown source', 'nagios', '{}', 404, 'SOURCE_UNKNOWN'],
    ['no signature', 'ours', '{}', 401, 'DELIVERY_NOT_AUTHENTIC'],
    ['no token', 'guarded', JSON.stringify(alertmanagerBody()), 401, 'DELIVERY_NOT_AUTHENTIC'],
    ['a body of two megabytes', 'alertmanager', 'x'.repeat(2 * 1024 * 1024), 413, 'BODY_TOO_LARGE'],
  ])('refuses %s with a code', async (_name, source, payload, status, code) => {
    const { app, client } = await gateway();
    const answer = await app.inject({ method: 'POST', url: `/v1/alerts/${source}`, headers: json, payload });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code });
    expect(client.recorded).toEqual([]);
  });

  it('names the place of each mistake', async () => {
    const { app } = await gateway();
    const body = { version: '4', alerts: [{ status: 'burning', labels: {}, startsAt: 'yesterday', fingerprint: '' }] };
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/alerts/alertmanager',
      headers: json,
      payload: JSON.stringify(body),
    });
    const pointers = answer.json<{ errors: { pointer: string }[] }>().errors.map((problem) => problem.pointer);
    expect(pointers).toEqual(
      expect.arrayContaining(['/alerts/0/status', '/alerts/0/startsAt', '/alerts/0/fingerprint']),
    );
  });

  it('takes a delivery signed by us, and not the same bytes changed', async () => {
    const { app, client } = await gateway();
    const now = new Date();
    const body = JSON.stringify({
      type: 'rollback.alert',
      timestamp: now.toISOString(),
      data: { title: 'down', service: 'checkout' },
    });
    const headers = {
      ...json,
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(SECRET).sign('msg_1', now, body),
    };
    const send = (payload: string) => app.inject({ method: 'POST', url: '/v1/alerts/ours', headers, payload });
    expect((await send(body)).statusCode).toBe(202);
    expect((await send(body.replace('down', 'fine'))).statusCode).toBe(401);
    expect(client.recorded).toHaveLength(1);
  });

  it('answers 202 and says so when nothing matches, so that the source does not give up on us', async () => {
    const { app, client } = await gateway();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/alerts/alertmanager',
      headers: json,
      payload: JSON.stringify(alertmanagerBody({ service: 'nobody' })),
    });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({ matched: false, accepted: [] });
    expect(client.recorded).toEqual([]);
  });

  it.each([
    ['of a service whose policy is invalid', { kind: 'some', services: ['orders'] }],
    ['while the policy file is broken', { kind: 'all' }],
  ] as const)('leaves an alert %s with its source, which keeps it until the policy is mended', async (_name, out) => {
    const { app, client } = await gateway([], out);
    const payload = JSON.stringify(alertmanagerBody({ service: 'orders' }));
    const answer = await app.inject({ method: 'POST', url: '/v1/alerts/alertmanager', headers: json, payload });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.json()).toMatchObject({ code: 'POLICY_INVALID' });
    expect(client.recorded).toEqual([]);
  });

  it('takes an alert that nothing vouches for only from somebody who may start a rollback', async () => {
    const hash = (token: string) => createHash('sha256').update(token).digest('hex');
    const { app, client } = await gateway([
      { name: 'alerts', sha256: hash('a-token'), role: 'operator' },
      { name: 'reader', sha256: hash('r-token'), role: 'viewer' },
    ]);
    const send = (token?: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/alerts/alertmanager',
        headers: { ...json, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        payload: JSON.stringify(alertmanagerBody()),
      });
    expect((await send()).statusCode).toBe(401);
    expect((await send('r-token')).statusCode).toBe(403);
    expect(client.recorded).toEqual([]);
    expect((await send('a-token')).statusCode).toBe(202);
    expect(client.recorded).toHaveLength(1);
  });

  it('takes none from a page of another origin while it has no tokens', async () => {
    const { app, client } = await gateway();
    for (const origin of ['https://evil.example', 'null']) {
      const headers = { 'content-type': 'text/plain', origin };
      const payload = JSON.stringify(alertmanagerBody());
      const answer = await app.inject({ method: 'POST', url: '/v1/alerts/alertmanager', headers, payload });
      expect(answer.statusCode).toBe(403);
    }
    expect(client.recorded).toEqual([]);
  });

  it('answers 503 for the whole delivery when Temporal is away', async () => {
    const { app, client } = await gateway();
    client.down = true;
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/alerts/alertmanager',
      headers: json,
      payload: JSON.stringify(alertmanagerBody()),
    });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
  });
});
