import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { stringify } from 'yaml';
import { connect, freePort } from '../../src/temporal';
import type { TemporalConnection } from '../../src/temporal';
import { readableIn } from '../client/readable-in';
import { phasedRollback, Running, until } from './support';
import { leakyPolicy, misplacedSecrets, namesFoundIn, SECRETS } from './secrets';
import type { Ran } from './support';

const LONGEST_MS = 600_000;
const HARMLESS = 'harmless-marker';
/** Whom they know the secret of, and how they answer. */
const TELLERS: readonly (readonly [string, readonly [string, number]])[] = [
  ['/hook', [SECRETS.notifier, 422]],
  ['/prometheus', [SECRETS.prometheus, 400]],
  ['/graphite', [SECRETS.graphite, 400]],
  ['/newrelic', [SECRETS.newrelic, 400]],
  ['/datadog', [`${SECRETS.datadogApi} and ${SECRETS.datadogApplication}`, 400]],
  // The secret key itself is never sent: it signs.
  ['/cloudwatch', [`${SECRETS.awsSessionToken} of ${SECRETS.awsKeyId}`, 400]],
];

describe('what is secret', () => {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-secrets-'));
  const config = join(dir, 'phased-rollback.yaml');
  const address = process.env.TEST_TEMPORAL_ADDRESS ?? '';
  const namespace = `secrets-${process.pid}`;
  const server: Server = createServer((request, response) => {
    // Somebody else's service that tells what it knows when it is asked.
    const [mine, status] = TELLERS.find(([path]) => request.url?.startsWith(path))?.[1] ?? [SECRETS.httpTarget, 422];
    const told = `${HARMLESS}, and my secret is ${mine}`;
    response.writeHead(status, { 'content-type': 'application/json' });
    const errors = [{ message: `${HARMLESS}, and my key is ${mine}` }];
    const aws = { __type: 'AccessDeniedException', message: told };
    response.end(JSON.stringify({ status: 'error', detail: told, title: told, error: told, errors, ...aws }));
  });
  const commands: Ran[] = [];
  const answers: string[] = [];
  let worker: Running;
  let gateway: Running;
  let url = '';

  const env = (): NodeJS.ProcessEnv => ({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    PHASED_ROLLBACK_CONFIG: config,
    PHASED_ROLLBACK_PAYLOAD_KEYS: `none,k1:${SECRETS.payloadKey}`,
    WEBHOOK_SOURCE: SECRETS.webhookSource,
    ALERTMANAGER: SECRETS.alertmanager,
    HTTP_TARGET: SECRETS.httpTarget,
    EXEC_TARGET: SECRETS.execTarget,
    EXEC_CHECK: SECRETS.execCheck,
    NOTIFIER: SECRETS.notifier,
    PROMETHEUS: SECRETS.prometheus,
    GRAPHITE: SECRETS.graphite,
    NEWRELIC: SECRETS.newrelic,
    DATADOG_API: SECRETS.datadogApi,
    DATADOG_APPLICATION: SECRETS.datadogApplication,
    AWS_ACCESS_KEY_ID: SECRETS.awsKeyId,
    AWS_SECRET_ACCESS_KEY: SECRETS.awsSecretKey,
    AWS_SESSION_TOKEN: SECRETS.awsSessionToken,
    // The server of the tests asks for no key; it is sent as to one that does.
    TEMPORAL_API_KEY: SECRETS.temporalKey,
    TEMPORAL_TLS: 'false',
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const outside = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    writeFileSync(config, stringify(leakyPolicy({ dir, port, outside })));
    expect((await run('setup')).exit).toBe(0);
    worker = new Running(['worker'], env());
    gateway = new Running(['gateway'], env());
    await Promise.all([worker.untilSaid(/worker ready/), gateway.untilSaid(/gateway ready/)]);
  }, LONGEST_MS);

  afterAll(async () => {
    for (const process of [worker, gateway]) process?.signal('SIGTERM');
    await Promise.all([worker?.ended, gateway?.ended]);
    server.close();
    rmSync(dir, { recursive: true, force: true });
  }, LONGEST_MS);

  async function run(...args: readonly string[]): Promise<Ran> {
    const ran = await phasedRollback(args, env());
    commands.push(ran);
    return ran;
  }

  async function http(path: string, body?: object, bearer: string = SECRETS.gatewayToken): Promise<Response> {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, {
      headers,
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    answers.push(JSON.stringify([...response.headers]), await response.clone().text());
    return response;
  }

  /** Alerts whose senders tell their own secrets in them, one by bearer token, one signed. */
  async function deliverAlerts(): Promise<void> {
    const at = new Date();
    const told = (secret: string): string => `${HARMLESS}, and my secret is ${secret}`;
    const firing = {
      status: 'firing',
      labels: { service: 'checkout', severity: 'critical', told: told(SECRETS.alertmanager) },
      annotations: { summary: told(SECRETS.alertmanager), description: told(SECRETS.alertmanager) },
      startsAt: at.toISOString(),
      generatorURL: `http://prom:9090/?key=${SECRETS.alertmanager}`,
      fingerprint: `bearer-${SECRETS.alertmanager}`,
    };
    const delivery = { version: '4', alerts: [firing] };
    await untilTaken(() => http('/v1/alerts/alertmanager', delivery, SECRETS.alertmanager));
    const data = { service: 'checkout', title: told(SECRETS.webhookSource), summary: told(SECRETS.webhookSource) };
    const body = JSON.stringify({ type: 'rollback.alert', timestamp: at.toISOString(), data });
    const headers = {
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(SECRETS.webhookSource).sign('msg_1', at, body),
    };
    const signed = await untilTaken(() => fetch(`${url}/v1/alerts/ours`, { method: 'POST', body, headers }));
    answers.push(await signed.text());
  }

  /** Delivers it until it is taken, as every source of alerts does: on a busy machine Temporal may be late. */
  async function untilTaken(deliver: () => Promise<Response>): Promise<Response> {
    let last = 0;
    const taken = async (): Promise<Response | undefined> => {
      const answer = await deliver();
      last = answer.status;
      expect([202, 503]).toContain(last);
      return last === 202 ? answer : undefined;
    };
    return until(taken, LONGEST_MS, () => `the alert was answered ${last}`);
  }

  /** Answers whatever it asks until it asks for what is wanted, or has ended. */
  async function answerUntil(wanted: (view: { wait?: { for: string }; end?: object }) => boolean): Promise<void> {
    await until(
      async () => {
        const { view } = (await (await http('/v1/rollbacks/prod/checkout/1')).json()) as {
          view?: { wait?: { id: string; for: string }; end?: object };
        };
        if (!view) return undefined;
        if (wanted(view)) return true;
        if (view.wait)
          await http('/v1/rollbacks/prod/checkout/1/commands', {
            kind: 'approve',
            waitId: view.wait.id,
            reason: HARMLESS,
          });
        return undefined;
      },
      LONGEST_MS,
      () => `it never came so far:\n${worker.said.slice(-2_000)}`,
    );
  }

  /** Secrets where none belongs: every place is named, no value is. */
  async function beRefused(): Promise<void> {
    const wrong = join(dir, 'wrong.yaml');
    const { misplaced } = SECRETS;
    writeFileSync(wrong, stringify(misplacedSecrets()));
    const validated = await run('config', 'validate', '--config', wrong);
    expect(validated).toMatchObject({ exit: 2 });
    for (const place of [
      'tokens[0].sha256',
      'secrets[0]',
      'secrets.TOKEN',
      'endpoints.us',
      'metrics[1].token',
      'metrics[2].token',
      'metrics[3].userKey',
      'metrics[4].apiKey',
      'metrics[4].applicationKey',
      'metrics[5].endpoint',
      'checks[0].url',
      'notify[0].secret',
    ])
      expect(validated.out + validated.err).toContain(place);
    for (const keys of [`k1:${misplaced}`, misplaced, `k1:${SECRETS.payloadKey},k1:${SECRETS.payloadKey}`]) {
      const refused = await phasedRollback(['list'], { ...env(), PHASED_ROLLBACK_PAYLOAD_KEYS: keys });
      expect(refused).toMatchObject({
        exit: 2,
        err: expect.stringContaining('PHASED_ROLLBACK_PAYLOAD_KEYS') as string,
      });
      commands.push(refused);
    }
  }

  it(
    'is nowhere: not in ids, attributes, memos, histories, logs, reports or answers, whatever others tell of it',
    async () => {
      for (const wrong of ['wrong-token', SECRETS.alertmanager])
        expect((await http('/v1/rollbacks', undefined, wrong)).status).toBe(401);
      expect((await http('/v1/alerts/ours', { any: HARMLESS })).status).toBe(401);
      await run('release', 'prod/checkout', 'v42', '--reason', HARMLESS);
      const started = await run('start', 'prod/checkout', '--from', 'v42', '--to', 'v41', '--reason', HARMLESS);
      expect(started.exit).toBe(0);
      await answerUntil(({ wait }) => wait?.for === 'fault');
      await deliverAlerts();
      for (const cause of ['errors', 'latency', 'saturation'])
        await run('plan', 'prod/checkout', '--from', 'v42', '--to', 'v41', '--cause', cause);
      for (const service of ['prod/shop', 'prod/orders']) await run('plan', service, '--from', 'v42', '--to', 'v41');
      await run('status', 'prod/checkout');
      await run('status', 'prod/checkout', '--output', 'json');
      await run('abort', 'prod/checkout', '--reason', HARMLESS);
      await answerUntil(({ end }) => end !== undefined);
      for (const args of [['report', 'prod/checkout'], ['list'], ['config', 'show'], ['doctor']]) await run(...args);
      await beRefused();
      for (const format of ['json', 'md', 'html']) await http(`/v1/rollbacks/prod/checkout/1/report?format=${format}`);
      for (const path of ['/', '/openapi.json', '/healthz', '/readyz', '/v1/rollbacks', '/v1/services/prod/checkout'])
        await http(path);

      const temporal = await connect({ address, namespace });
      const runs = await everyRun(temporal);
      const histories = await Promise.all(runs.map(({ id, run }) => readableIn(temporal.client, id, run)));
      const descriptions = await Promise.all(
        runs.map(async ({ id, run }) => {
          const { raw, memo } = await temporal.client.workflow.getHandle(id, run).describe();
          return JSON.stringify([raw.workflowExecutionInfo, memo, id]);
        }),
      );
      await temporal.close();
      const places = {
        histories: histories.join('\n'),
        descriptions: descriptions.join('\n'),
        'log of the worker': worker.said,
        'log of the gateway': gateway.said,
        'answers of the gateway': answers.join('\n'),
        'command line': commands.map(({ out, err }) => `${out}\n${err}`).join('\n'),
        archive: filesIn(join(dir, 'reports')).join('\n'),
      };
      const found = Object.entries(places).map(([place, text]) => ({ place, secrets: namesFoundIn(text) }));
      expect(found).toEqual(found.map(({ place }) => ({ place, secrets: [] })));
      // The same search finds what stood beside the secrets, so it would have found them.
      const beside = {
        histories: [HARMLESS, 'revision-of-***', 'owned-by-***', 'my token is ***', 'my secret is ***'],
        descriptions: ['rollback/prod/checkout/1', 'service/prod/checkout', 'preview/prod/checkout/', 'weights'],
        'log of the worker': [
          HARMLESS,
          'my token is ***',
          '/prometheus',
          '/graphite/render',
          '/newrelic',
          '/datadog',
          'CloudWatch answered 400',
          'my secret is *** of ***',
        ],
        'log of the gateway': ['gateway ready'],
        'answers of the gateway': [HARMLESS, 'my secret is ***'],
        'command line': [HARMLESS, 'my secret is ***'],
        archive: [HARMLESS, 'my token is ***'],
      } satisfies Record<keyof typeof places, readonly string[]>;
      for (const [place, words] of Object.entries(beside))
        expect({ place, lacks: words.filter((word) => !places[place as keyof typeof places].includes(word)) }).toEqual({
          place,
          lacks: [],
        });
    },
    LONGEST_MS,
  );
});

/** Every run of every workflow of the namespace, once the lists have caught up with all three kinds. */
async function everyRun({ client }: TemporalConnection): Promise<readonly { id: string; run: string }[]> {
  return until(
    async () => {
      const found: { id: string; run: string; type: string }[] = [];
      for await (const { workflowId, runId, type } of client.workflow.list())
        found.push({ id: workflowId, run: runId, type });
      return new Set(found.map(({ type }) => type)).size === 3 ? found : undefined;
    },
    LONGEST_MS,
    () => 'a service, a rollback and a preview were never listed',
  );
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'));
}
