import { createHash } from 'node:crypto';
import { gateway } from './support';

const json = { 'content-type': 'application/json' };

describe('people at the door', () => {
  const start = { service: 'checkout', reason: 'checkout is down' };

  it('starts a rollback once per idempotency key', async () => {
    const { app, client } = await gateway();
    const send = (key: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/rollbacks',
        headers: { ...json, 'idempotency-key': key },
        payload: start,
      });
    expect((await send('a')).statusCode).toBe(202);
    await send('a');
    await send('b');
    const ids = client.said.map((command) => command.id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it.each([
    ['without an idempotency key', {}, start, 400, 'IDEMPOTENCY_KEY_MISSING'],
    ['of an unknown service', { 'idempotency-key': 'k' }, { ...start, service: 'chekout' }, 404, 'SERVICE_UNKNOWN'],
    ['without a reason', { 'idempotency-key': 'k' }, { service: 'checkout' }, 400, 'REQUEST_NOT_VALID'],
    ['with an unknown field', { 'idempotency-key': 'k' }, { ...start, speed: 'fast' }, 400, 'REQUEST_NOT_VALID'],
  ])('refuses a start %s', async (_name, headers, payload, status, code) => {
    const { app, client } = await gateway();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/rollbacks',
      headers: { ...json, ...headers },
      payload,
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code });
    expect(client.said).toEqual([]);
  });

  it('passes on what became of a command: applied, refused with its code, or recorded', async () => {
    const { app, client } = await gateway();
    const say = () =>
      app.inject({
        method: 'POST',
        url: '/v1/rollbacks/prod/checkout/1/commands',
        headers: json,
        payload: { kind: 'pause' },
      });
    expect((await say()).json()).toMatchObject({ result: 'applied' });
    client.answer = { kind: 'refused', code: 'ALREADY_PAUSED', text: 'paused already' };
    const refused = await say();
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([409, 'ALREADY_PAUSED']);
    client.answer = { kind: 'recorded' };
    expect((await say()).statusCode).toBe(202);
  });

  it('says that a rollback, a report or a route is not there', async () => {
    const { app } = await gateway();
    const codes = await Promise.all(
      ['/v1/rollbacks/prod/checkout/9', '/v1/rollbacks/prod/checkout/9/report', '/v2'].map(
        async (url) => (await app.inject({ url })).json<{ code: string }>().code,
      ),
    );
    expect(codes).toEqual(['ROLLBACK_NOT_FOUND', 'REPORT_NOT_FOUND', 'ROUTE_UNKNOWN']);
  });

  it('answers a mistake of its own with 500 and nothing of it, and tells the log', async () => {
    const { app, client, unexpected } = await gateway();
    client.bug = new Error('a bug of this build');
    const answer = await app.inject({ url: '/v1/rollbacks/prod/checkout/9' });
    expect(answer.json()).toMatchObject({ status: 500, code: 'UNEXPECTED' });
    expect(answer.body).not.toContain('a bug');
    const route = 'GET /v1/rollbacks/:environment/:service/:number';
    expect(unexpected).toEqual([{ message: 'a bug of this build', route, rollback: 'rollback/prod/checkout/9' }]);
  });

  it('plans without a start, for a service that is configured and wishes that make sense', async () => {
    const { app, client } = await gateway();
    const plan = (path: string, payload: object) =>
      app.inject({ method: 'POST', url: `/v1/services/${path}/plan`, payload });
    const planned = await plan('prod/checkout', { pace: 'express' });
    expect(planned.statusCode).toBe(200);
    expect(planned.json()).toEqual({ kind: 'none', code: 'ALREADY_THERE', detail: 'v41 serves already' });
    expect((await plan('prod/checkout', { pace: 'reckless' })).statusCode).toBe(400);
    expect((await plan('prod/nothing', {})).statusCode).toBe(404);
    expect(client.said).toEqual([]);
  });

  it('records what slots hold, with a release and before one', async () => {
    const { app, client } = await gateway();
    const post = (path: string, payload: object) =>
      app.inject({ method: 'POST', url: `/v1/services/prod/checkout/${path}`, payload });
    const release = { revision: 'v42', from: 1, slots: [{ slot: 'blue' }, { slot: 'green', target: 'eu' }] };
    expect((await post('releases', { releases: [release] })).statusCode).toBe(202);
    const slots = [{ slot: 'green', target: 'eu', revision: 'v43' }];
    expect((await post('commands', { kind: 'slots', slots })).statusCode).toBe(202);
    expect(client.said).toMatchObject([
      { kind: 'release', releases: [release] },
      { kind: 'slots', slots },
    ]);
    expect((await post('commands', { kind: 'slots', slots: [] })).statusCode).toBe(400);
    expect((await post('commands', { kind: 'slots', slots: [{ slot: 'green' }] })).statusCode).toBe(400);
    expect(client.said).toHaveLength(2);
  });

  it('lets the pipeline choose when the gate cannot be asked', async () => {
    const { app } = await gateway();
    const answer = await app.inject({ url: '/v1/services/prod/checkout/gate?revision=v43' });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'GATE_UNAVAILABLE']);
  });
});

describe('who may', () => {
  const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
  const tokens = [
    { name: 'ada', sha256: sha256('operator-token'), role: 'operator' as const },
    { name: 'grace', sha256: sha256('approver-token'), role: 'approver' as const },
  ];
  const approve = { kind: 'approve', waitId: 'w1' };
  const url = '/v1/rollbacks/prod/checkout/1/commands';

  it.each([
    ['no token', {}, 401],
    ['an unknown token', { authorization: 'Bearer nope' }, 401],
    ['too low a role', { authorization: 'Bearer operator-token' }, 403],
    ['the right role', { authorization: 'Bearer approver-token' }, 200],
  ])('answers an approval with %s by %s', async (_name, headers, status) => {
    const { app } = await gateway(tokens);
    expect(
      (await app.inject({ method: 'POST', url, headers: { ...json, ...headers }, payload: approve })).statusCode,
    ).toBe(status);
  });

  it("records the token's name as who said it, whatever the body claims", async () => {
    const { app, client } = await gateway(tokens);
    await app.inject({
      method: 'POST',
      url,
      headers: { ...json, authorization: 'Bearer approver-token' },
      payload: approve,
    });
    expect(client.said[0]?.by).toBe('grace');
  });

  it('takes no call for another host or from a page of another origin while it has no tokens', async () => {
    const { app } = await gateway();
    const call = (headers: Record<string, string>) => app.inject({ url: '/v1/rollbacks', headers });
    expect((await call({ host: 'rebound.example' })).statusCode).toBe(403);
    expect((await call({ origin: 'https://evil.example' })).statusCode).toBe(403);
    expect((await call({})).statusCode).toBe(200);
  });
});

describe('what describes it', () => {
  it('is OpenAPI 3.1 with every route that people and tools use', async () => {
    const { app } = await gateway();
    const document = (await app.inject({ url: '/openapi.json' })).json<{
      openapi: string;
      paths: Record<string, unknown>;
    }>();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/v1/alerts/{source}',
        '/v1/rollbacks',
        '/v1/rollbacks/{environment}/{service}/{number}/commands',
        '/v1/services/{environment}/{service}/gate',
      ]),
    );
  });

  it('is ready only while Temporal answers', async () => {
    const { app, client } = await gateway();
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(200);
    client.down = true;
    expect((await app.inject({ url: '/readyz' })).statusCode).toBe(503);
    expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200);
  });

  it('serves a page that loads nothing from elsewhere', async () => {
    const { app } = await gateway();
    const answer = await app.inject({ url: '/' });
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.body).toContain('<title>phased-rollback</title>');
  });

  it('serves a page on which every meter of evidence has a label and a number in words', async () => {
    const { app } = await gateway();
    const { body } = await app.inject({ url: '/' });
    for (const [label, id] of [
      ['To go on', 'evidence-proceed'],
      ['To stop', 'evidence-halt'],
    ]) {
      expect(body).toContain(`<label>${label} <progress id="${id}" max="1"></progress></label>`);
      expect(body).toContain(`<span id="${id}-text"></span>`);
    }
  });
});
