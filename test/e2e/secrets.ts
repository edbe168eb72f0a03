import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';

const random = (): string => randomBytes(24).toString('hex');

/** Every secret that the product can be given, each to be recognised wherever it turns up. */
export const SECRETS = {
  gatewayToken: random(),
  webhookSource: `whsec_${Buffer.from(random()).toString('base64')}`,
  alertmanager: random(),
  httpTarget: `whsec_${Buffer.from(random()).toString('base64')}`,
  execTarget: random(),
  execCheck: random(),
  notifier: `whsec_${Buffer.from(random()).toString('base64')}`,
  prometheus: random(),
  graphite: random(),
  newrelic: random(),
  datadogApi: random(),
  datadogApplication: random(),
  awsKeyId: random(),
  awsSecretKey: random(),
  awsSessionToken: random(),
  payloadKey: randomBytes(32).toString('base64'),
  temporalKey: random(),
  // None of ours, and still somebody's: written where it does not belong, it is refused and not repeated.
  misplaced: random(),
};

/** A secret's other forms: what is behind the prefix, and what base64 hides. */
const forms = (secret: string): readonly string[] => {
  const bare = secret.replace(/^whsec_/, '');
  return [bare, Buffer.from(bare, 'base64').toString('latin1'), Buffer.from(secret).toString('base64')];
};

/** Which secrets a text holds, in any form. */
export const namesFoundIn = (text: string): readonly string[] =>
  Object.entries(SECRETS).flatMap(([name, secret]) =>
    forms(secret).some((form) => text.includes(form)) ? [name] : [],
  );

/** A policy in which everybody who is given a secret tells it. */
export function leakyPolicy(at: { readonly dir: string; readonly port: number; readonly outside: string }): object {
  const { dir, port, outside } = at;
  const program = [process.execPath, join(__dirname, 'leaky-target.js')];
  const sha256 = createHash('sha256').update(SECRETS.gatewayToken).digest('hex');
  return {
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
        metrics: metricsOf(outside),
        checks: [{ type: 'exec', name: 'drill', command: program, secrets: { TOKEN: '${env:EXEC_CHECK}' } }],
        notify: [{ type: 'log' }, { type: 'webhook', url: `${outside}/hook`, secret: '${env:NOTIFIER}' }],
        archive: { type: 'directory', path: join(dir, 'reports') },
        timing: { interval: '100ms', settle: '100ms', longestBake: '5s', soak: '1s' },
      },
      {
        name: 'shop',
        targets: [{ name: 'shop', type: 'exec', command: program, secrets: { TOKEN: '${env:EXEC_TARGET}' } }],
        metrics: [datadogMetric(outside)],
        archive: { type: 'directory', path: join(dir, 'reports') },
      },
      {
        name: 'orders',
        targets: [{ name: 'orders', type: 'exec', command: program, secrets: { TOKEN: '${env:EXEC_TARGET}' } }],
        metrics: [cloudwatchMetric(outside)],
        archive: { type: 'directory', path: join(dir, 'reports') },
      },
    ],
  };
}

/** One source with a secret for each cause, to be read for a plan. */
function metricsOf(outside: string): readonly object[] {
  const metric = { name: 'http_requests_total' };
  const path = 'shop.{target}.{revision}';
  return [
    {
      kind: 'errors',
      type: 'prometheus',
      url: `${outside}/prometheus`,
      token: '${env:PROMETHEUS}',
      targetLabel: 'region',
      requests: metric,
      bad: { ...metric, labels: { code: '/5../' } },
    },
    {
      kind: 'latency',
      type: 'graphite',
      url: `${outside}/graphite`,
      token: '${env:GRAPHITE}',
      sends: 'counters',
      stepSeconds: 10,
      requests: `${path}.requests`,
      bad: `${path}.slow`,
    },
    {
      kind: 'saturation',
      type: 'newrelic',
      url: `${outside}/newrelic`,
      accountId: 7,
      userKey: '${env:NEWRELIC}',
      targetLabel: 'region',
      bad: { error: true },
    },
  ];
}

function datadogMetric(outside: string): object {
  return {
    kind: 'errors',
    type: 'datadog',
    url: `${outside}/datadog`,
    apiKey: '${env:DATADOG_API}',
    applicationKey: '${env:DATADOG_APPLICATION}',
    requests: { name: 'http.requests' },
    bad: { name: 'http.errors' },
  };
}

/** Given no secret by the policy: the SDK finds the credentials in the environment. */
function cloudwatchMetric(outside: string): object {
  return {
    kind: 'errors',
    type: 'cloudwatch',
    endpoint: `${outside}/cloudwatch`,
    region: 'eu-west-1',
    namespace: 'Shop',
    requests: { name: 'Requests' },
    bad: { name: 'Errors' },
  };
}

/** A policy with a secret in every place where none belongs. */
export function misplacedSecrets(): object {
  const { misplaced } = SECRETS;
  const url = `http://ada:${misplaced}@127.0.0.1:1/hook`;
  return {
    apiVersion: 'phased-rollback/v1',
    gateway: {
      tokens: [{ name: 'ada', sha256: misplaced, role: 'admin' }],
      alertSources: { ours: { type: 'standard-webhooks', secrets: [misplaced] } },
    },
    services: [
      {
        name: 'checkout',
        targets: [{ name: 'us', type: 'exec', command: ['true'], secrets: { TOKEN: misplaced } }],
        metrics: [
          { type: 'openmetrics', endpoints: { us: url }, bad: { name: 'bad' } },
          { name: 'tokens', type: 'prometheus', url, token: misplaced, gauge: { name: 'depth' } },
          { name: 'graphite', type: 'graphite', url, token: misplaced, stepSeconds: 10, gauge: '{revision}.depth' },
          { name: 'keys', type: 'newrelic', url, accountId: 7, userKey: misplaced, bad: { error: true } },
          {
            name: 'pairs',
            type: 'datadog',
            url,
            apiKey: misplaced,
            applicationKey: misplaced,
            requests: { name: 'hits' },
            bad: { name: 'errors' },
          },
          {
            name: 'counts',
            type: 'cloudwatch',
            endpoint: url,
            namespace: 'Shop',
            requests: { name: 'Requests' },
            bad: { name: 'Errors' },
          },
        ],
        checks: [{ type: 'probe', url }],
        notify: [{ type: 'webhook', url, secret: misplaced }],
      },
    ],
  };
}
