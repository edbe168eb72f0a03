import { Webhook } from 'standardwebhooks';
import { createAdapters } from '../../../src/adapters';
import type { AlertSource, RawDelivery } from '../../../src/ports';
import { describeAlertSource } from '../../contract/alert-source.contract';
import { testDependencies } from '../support/dependencies';

const OLD = `whsec_${Buffer.from('the-secret-that-goes-out-soon').toString('base64')}`;
const NEW = `whsec_${Buffer.from('the-secret-that-has-come-in').toString('base64')}`;
const SECRETS = { '${env:OLD}': OLD, '${env:NEW}': NEW, '${env:BEARER}': 'a-bearer-token' };

function source(config: { readonly type: string; readonly [key: string]: unknown }): AlertSource {
  return createAdapters(testDependencies(SECRETS)).alertSource(config);
}

const delivery = (body: unknown, headers: Record<string, string | undefined> = {}): RawDelivery => ({
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  receivedAt: Date.now(),
});

/** As Alertmanager 0.32 sends it. */
function alertmanagerBody(status: string, labels: object = {}, alert: object = {}): object {
  return {
    receiver: 'rollback\\.hook',
    status,
    alerts: [
      {
        status,
        labels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical', version: 'v42', ...labels },
        annotations: { summary: 'errors 0.49' },
        startsAt: '2026-11-23T02:48:25.216Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://prom:9090/graph?g0.expr=up',
        fingerprint: '8b591d4a3487ed39',
        ...alert,
      },
    ],
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://am:9093',
    version: '4',
    groupKey: '{}:{alertname="HighErrorRate"}',
    truncatedAlerts: 0,
    notification_reason: 'first notification',
    something_newer: { than: 'this' },
  };
}

function signed(body: unknown, secret: string, at = new Date(), id = 'msg_1'): RawDelivery {
  const text = JSON.stringify(body);
  return delivery(text, {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, text),
    cookie: undefined,
  });
}

function ownBody(data: object = {}, envelope: object = {}): object {
  const alert = {
    service: 'checkout',
    environment: 'prod',
    severity: 'critical',
    cause: 'latency',
    title: 'slow',
    summary: 'p99 4 s',
  };
  return { type: 'rollback.alert', timestamp: '2026-11-23T02:48:25Z', data: { ...alert, ...data }, ...envelope };
}

const signedSource = source({ type: 'standard-webhooks', secrets: ['${env:OLD}', '${env:NEW}'] });

describeAlertSource({
  name: 'alertmanager',
  source: source({ type: 'alertmanager' }),
  deliver: (status) => delivery(alertmanagerBody(status)),
});
describeAlertSource({
  name: 'standard-webhooks',
  source: signedSource,
  deliver: (status) => signed(ownBody({ status }), NEW),
});

describe('the alertmanager source', () => {
  const plain = source({ type: 'alertmanager' });

  it('reads a delivery of a real Alertmanager, keys it does not know included', () => {
    expect(plain.parse(delivery(alertmanagerBody('firing')))).toEqual({
      ok: true,
      alerts: [
        {
          fingerprint: '8b591d4a3487ed39',
          status: 'firing',
          severity: 'critical',
          cause: 'errors',
          title: 'errors 0.49',
          revision: 'v42',
          labels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical', version: 'v42' },
          link: 'http://prom:9090/graph?g0.expr=up',
          startsAt: Date.parse('2026-11-23T02:48:25.216Z'),
        },
      ],
    });
  });

  it.each([
    [{ cause: 'latency' }, 'latency'],
    [{ cause: 'latency', team_kind: 'cve' }, 'latency'],
    [{ team_kind: 'cve' }, 'security'],
    [{ team_kind: 'toString' }, 'errors'],
    [{ cause: 'gremlins' }, 'errors'],
  ])('finds the cause that labels %j tell', (labels, cause) => {
    const inferring = source({ type: 'alertmanager', causeFrom: { label: 'team_kind', values: { cve: 'security' } } });
    expect(inferring.parse(delivery(alertmanagerBody('firing', labels)))).toMatchObject({ alerts: [{ cause }] });
  });

  it.each([
    ['critical', 'critical'],
    ['page', 'critical'],
    ['warning', 'warning'],
    ['info', 'info'],
    ['purple', 'warning'],
  ])('takes severity %s for %s', (severity, expected) => {
    expect(plain.parse(delivery(alertmanagerBody('firing', { severity })))).toMatchObject({
      alerts: [{ severity: expected }],
    });
  });

  it('prefers the revision label, and does without any', () => {
    const revision = { revision: 'v43', version: 'v42' };
    expect(plain.parse(delivery(alertmanagerBody('firing', revision)))).toMatchObject({
      alerts: [{ revision: 'v43' }],
    });
  });

  it('hands on no link that a browser would run', () => {
    const parsed = plain.parse(delivery(alertmanagerBody('firing', {}, { generatorURL: 'javascript:alert(1)' })));
    expect(parsed.ok && parsed.alerts[0]).not.toHaveProperty('link');
  });

  it('lists every problem with its place', () => {
    const body = alertmanagerBody('firing', { 'a/b~c': 1 }, { startsAt: 'yesterday', fingerprint: '' });
    const parsed = plain.parse(delivery({ ...body, version: '3' }));
    expect(parsed.ok ? [] : parsed.problems.map(({ pointer }) => pointer)).toEqual([
      '/version',
      '/alerts/0/labels/a~1b~0c',
      '/alerts/0/startsAt',
      '/alerts/0/fingerprint',
    ]);
  });

  it.each([
    ['Bearer a-bearer-token', true],
    ['Bearer a-bearer-tokem', false],
    ['a-bearer-token', false],
    [undefined, false],
  ])('with a token configured, answers authorization %s with %s', (authorization, ok) => {
    const guarded = source({ type: 'alertmanager', bearer: '${env:BEARER}' });
    const answer = guarded.verify(delivery(alertmanagerBody('firing'), { authorization }));
    expect(answer.ok).toBe(ok);
    expect(JSON.stringify(answer)).not.toContain('a-bearer-token');
  });
});

describe('the standard-webhooks source', () => {
  it.each([OLD, NEW])('accepts a signature by any of its secrets', (secret) => {
    expect(signedSource.verify(signed(ownBody(), secret))).toEqual({ ok: true, verified: true });
  });

  const altered = (change: (raw: RawDelivery) => RawDelivery): RawDelivery => change(signed(ownBody(), NEW));
  it.each([
    ['another body', altered((raw) => ({ ...raw, body: Buffer.from(`${Buffer.from(raw.body).toString()} `) }))],
    ['another id', altered((raw) => ({ ...raw, headers: { ...raw.headers, 'webhook-id': 'msg_2' } }))],
    ['no signature', altered((raw) => ({ ...raw, headers: { ...raw.headers, 'webhook-signature': undefined } }))],
    ['an empty version', altered((raw) => ({ ...raw, headers: { ...raw.headers, 'webhook-signature': 'v1' } }))],
    ['a stranger', signed(ownBody(), `whsec_${Buffer.from('a-secret-nobody-knows').toString('base64')}`)],
    ['the past', signed(ownBody(), NEW, new Date(Date.now() - 310_000))],
    ['the future', signed(ownBody(), NEW, new Date(Date.now() + 310_000))],
  ])('does not accept a delivery with %s', (_what, raw) => {
    const answer = signedSource.verify(raw);
    expect(answer.ok).toBe(false);
    expect(JSON.stringify(answer)).not.toContain(NEW.slice(6));
  });

  it('reads the alert, with service and environment among its labels', () => {
    const data = {
      labels: { region: 'eu', service: 'liar' },
      revision: 'v42',
      startsAt: '2026-11-23T02:40:00Z',
      fingerprint: 'f1',
    };
    expect(signedSource.parse(signed(ownBody(data), NEW))).toEqual({
      ok: true,
      alerts: [
        {
          fingerprint: 'f1',
          status: 'firing',
          severity: 'critical',
          cause: 'latency',
          title: 'slow',
          summary: 'p99 4 s',
          revision: 'v42',
          labels: { region: 'eu', service: 'checkout', environment: 'prod' },
          startsAt: Date.parse('2026-11-23T02:40:00Z'),
          sentAt: Date.parse('2026-11-23T02:48:25Z'),
        },
      ],
    });
  });

  it('lists every problem with its place', () => {
    const parsed = signedSource.parse(
      signed(ownBody({ severity: 'huge', cause: 'x', title: '' }, { type: 'ping' }), NEW),
    );
    expect(parsed.ok ? [] : parsed.problems.map(({ pointer }) => pointer)).toEqual([
      '/type',
      '/data/title',
      '/data/severity',
      '/data/cause',
    ]);
  });

  it('keeps none of its secrets, old or new, whatever the sender tells of them', () => {
    const parsed = signedSource.parse(signed(ownBody({ title: `by ${OLD}`, labels: { key: NEW.slice(6) } }), NEW));
    expect(parsed).toMatchObject({ ok: true, alerts: [{ title: 'by ***', labels: { key: '***' } }] });
    expect(JSON.stringify(parsed)).not.toContain(NEW.slice(6));
  });

  it('names the reference of a secret that is missing or none', () => {
    const missing = source({ type: 'standard-webhooks', secrets: ['${env:GONE}'] });
    expect(() => missing.verify(signed(ownBody(), NEW))).toThrow('${env:GONE}');
    const none = source({ type: 'standard-webhooks', secrets: ['${env:BEARER}'] });
    expect(() => none.verify(signed(ownBody(), NEW))).toThrow('${env:BEARER}');
    expect(() => none.verify(signed(ownBody(), NEW))).not.toThrow('a-bearer-token');
  });
});
