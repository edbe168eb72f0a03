import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { connect } from '../../src/temporal';
import { readableIn } from '../client/readable-in';
import { freePort, phasedRollback, Running, until } from './support';
import type { Ran } from './support';

const LONGEST_MS = 120_000;
const HARMLESS = 'harmless-marker';
const random = (): string => randomBytes(24).toString('hex');

/** Every secret that the product can be given, each to be recognised wherever it turns up. */
const SECRETS = {
  gatewayToken: random(),
  webhookSource: `whsec_${Buffer.from(random()).toString('base64')}`,
  alertmanager: random(),
  httpTarget: `whsec_${Buffer.from(random()).toString('base64')}`,
  execTarget: random(),
  execCheck: random(),
  notifier: `whsec_${Buffer.from(random()).toString('base64')}`,
  payloadKey: randomBytes(32).toString('base64'),
};

/** A secret's other forms: what is behind the prefix, and what base64 hides. */
const forms = (secret: string): readonly string[] => {
  const bare = secret.replace(/^whsec_/, '');
  return [bare, Buffer.from(bare, 'base64').toString('latin1'), Buffer.from(secret).toString('base64')];
};

const namesFoundIn = (text: string): readonly string[] =>
  Object.entries(SECRETS).flatMap(([name, secret]) =>
    forms(secret).some((form) => text.includes(form)) ? [name] : [],
  );

describe('what is secret', () => {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-secrets-'));
  const config = join(dir, 'phased-rollback.yaml');
  const address = process.env.TEST_TEMPORAL_ADDRESS ?? '';
  const namespace = `secrets-${process.pid}`;
  const server: Server = createServer((request, response) => {
    // Somebody else's service that tells what it knows when it is asked.
    const mine = request.url === '/hook' ? SECRETS.notifier : SECRETS.httpTarget;
    const told = `${HARMLESS}, and my secret is ${mine}`;
    response.writeHead(422, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ detail: told, title: told }));
  });
  const commands: Ran[] = [];
  const told: string[] = [];
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
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const outside = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    writeFileSync(config, policyFile(port, outside));
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

  function policyFile(port: number, outside: string): string {
    const program = [process.execPath, join(__dirname, 'leaky-target.js')];
    const sha256 = createHash('sha256').update(SECRETS.gatewayToken).digest('hex');
    const metric = { name: 'http_requests_total' };
    return stringify({
      apiVersion: 'phased-rollback/v1',
      gateway: {
        port,
        tokens: [{ name: 'ada', sha256, role: 'admin' }],
        alertSources: {
          alertmanager: { type: 'alertmanager', bearer: '${env:ALERTMANAGER}' },
          ours: { type: 'standard-webhooks', secrets: ['${env:WEBHOOK_SOURCE}'] },
        },
      },
      services: [
        {
          name: 'checkout',
          mode: 'ask',
          targets: [
            { name: 'us', type: 'exec', command: program, secrets: { TOKEN: '${env:EXEC_TARGET}' } },
            { name: 'eu', type: 'http', url: `${outside}/target`, secret: '${env:HTTP_TARGET}' },
          ],
          metrics: [
            {
              name: 'errors',
              kind: 'errors',
              type: 'openmetrics',
              endpoints: { eu: `${outside}/metrics`, us: `${outside}/metrics` },
              requests: metric,
              bad: { ...metric, labels: { code: '/5../' } },
            },
          ],
          checks: [{ type: 'exec', name: 'drill', command: program, secrets: { TOKEN: '${env:EXEC_CHECK}' } }],
          notify: [{ type: 'log' }, { type: 'webhook', url: `${outside}/hook`, secret: '${env:NOTIFIER}' }],
          archive: { type: 'directory', path: join(dir, 'reports') },
          timing: { interval: '100ms', settle: '100ms', longestBake: '5s', soak: '1s' },
        },
      ],
    });
  }

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
    told.push(JSON.stringify([...response.headers]), await response.clone().text());
    return response;
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
      await run('status', 'prod/checkout');
      await run('status', 'prod/checkout', '--output', 'json');
      await run('abort', 'prod/checkout', '--reason', HARMLESS);
      await answerUntil(({ end }) => end !== undefined);
      for (const args of [['report', 'prod/checkout'], ['list'], ['config', 'show'], ['doctor']]) await run(...args);
      for (const format of ['json', 'md', 'html']) await http(`/v1/rollbacks/prod/checkout/1/report?format=${format}`);
      await http('/openapi.json');

      const temporal = await connect({ address, namespace });
      const ids = ['rollback/prod/checkout/1', 'service/prod/checkout'];
      const histories = await Promise.all(ids.map((id) => readableIn(temporal.client, id)));
      const descriptions = await Promise.all(
        ids.map(async (id) => {
          const { raw, ...described } = await temporal.client.workflow.getHandle(id).describe();
          return JSON.stringify([raw.workflowExecutionInfo, described.memo, id]);
        }),
      );
      await temporal.close();
      const places = {
        histories: histories.join('\n'),
        descriptions: descriptions.join('\n'),
        'log of the worker': worker.said,
        'log of the gateway': gateway.said,
        'answers of the gateway': told.join('\n'),
        'command line': commands.map(({ out, err }) => `${out}\n${err}`).join('\n'),
        archive: filesIn(join(dir, 'reports')).join('\n'),
      };
      const found = Object.entries(places).map(([place, text]) => ({ place, secrets: namesFoundIn(text) }));
      expect(found).toEqual(found.map(({ place }) => ({ place, secrets: [] })));
      // The same search finds what stood beside the secrets, so it would have found them.
      const harmless = Object.entries(places).filter(([, text]) => text.includes(HARMLESS));
      expect(harmless.map(([place]) => place)).toEqual([
        'histories',
        'log of the worker',
        'answers of the gateway',
        'command line',
        'archive',
      ]);
    },
    LONGEST_MS,
  );
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'));
}
