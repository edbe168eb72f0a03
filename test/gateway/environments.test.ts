import { createHash } from 'node:crypto';
import { gateway } from './support';

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
const TOKENS = (['viewer', 'operator', 'approver'] as const).map((role) => ({
  name: role,
  sha256: sha256(role),
  role,
}));
const reason = 'a load test';

async function told(role: string, payload: object, environment = 'prod') {
  const { app, client } = await gateway(TOKENS);
  const url = `/v1/environments/${environment}/commands`;
  const answer = await app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${role}` }, payload });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), said: client.said };
}

describe('the master switch over HTTP', () => {
  it.each([
    { to: 'off', role: 'viewer', status: 403 },
    { to: 'off', role: 'operator', status: 200 },
    { to: 'ask', role: 'operator', status: 200 },
    { to: 'on', role: 'operator', status: 403 },
    { to: 'on', role: 'approver', status: 200 },
  ])('$to by a $role is answered $status', async ({ to, role, status }) => {
    const until = to === 'on' ? {} : { until: 4_000_000_000_000 };
    const answer = await told(role, { kind: 'automation', to, reason, ...until });
    expect(answer.status).toBe(status);
    expect(answer.said).toMatchObject(status === 200 ? [{ kind: 'automation', to, by: role, reason }] : []);
  });

  it.each([
    { why: 'no reason', payload: { kind: 'automation', to: 'off' } },
    { why: 'another word', payload: { kind: 'automation', to: 'maybe', reason } },
    { why: 'a key too many', payload: { kind: 'pause', reason, all: true } },
  ])('refuses $why', async ({ payload }) => {
    expect(await told('operator', payload)).toMatchObject({ status: 400, said: [] });
  });

  it('switches nothing for an environment in which no service runs', async () => {
    const payload = { kind: 'automation', to: 'off', reason, until: 4_000_000_000_000 };
    expect(await told('operator', payload, 'prd')).toMatchObject({
      status: 404,
      body: { code: 'ENVIRONMENT_UNKNOWN', detail: 'no service runs in prd; there is prod, staging' },
      said: [],
    });
  });

  it('shows what is in force, or that nobody answers', async () => {
    const { app, client } = await gateway();
    const view = await app.inject({ url: '/v1/environments/prod' });
    expect(view.json()).toMatchObject({ environment: 'prod', automation: 'on', automatic: [], alerting: [] });
    client.down = true;
    expect((await app.inject({ url: '/v1/environments/prod' })).statusCode).toBe(503);
  });
});

describe('a pause of everything over HTTP', () => {
  it('is an operator’s word, and says of each rollback what came of it', async () => {
    expect((await told('viewer', { kind: 'pause', reason })).status).toBe(403);
    const { status, body, said } = await told('operator', { kind: 'pause', reason, id: 'p1' });
    expect([status, body]).toEqual([
      200,
      { rollbacks: [{ environment: 'prod', service: 'checkout', number: 7, result: 'applied', text: 'done' }] },
    ]);
    expect(said).toMatchObject([{ kind: 'pause', id: 'p1', by: 'operator', reason }]);
  });
});
