import { Agent, request } from 'node:http';

/** What a delivery was answered. */
export interface Answered {
  readonly status: number;
  readonly code?: string;
  readonly retryAfter?: string;
}

/** One sender of alerts with its connections. */
export class Sender {
  private readonly agent: Agent;
  private readonly url: string;

  constructor(gatewayUrl: string, connections: number) {
    this.url = `${gatewayUrl}/v1/alerts/alertmanager`;
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  deliver(body: string): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(this.url, { method: 'POST', agent: this.agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => {
          const { code } = JSON.parse(text) as { code?: string };
          const retryAfter = response.headers['retry-after'];
          resolve({ status: response.statusCode ?? 0, code, retryAfter });
        });
      });
      sent.once('error', reject).end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Posts every body, so many at a time, in order. */
export async function deliverAll(
  senders: readonly Sender[],
  bodies: readonly string[],
  atATime: number,
): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < bodies.length; index = next++) {
      const sender = senders[index % senders.length];
      if (sender) answers[index] = await sender.deliver(bodies[index] ?? '');
    }
  };
  await Promise.all(Array.from({ length: atATime }, lane));
  return answers;
}

/** A group of alerts of one incident, as Alertmanager posts it. */
export function groupOf(service: string, size: number, startsAt: string): string {
  const labels = { alertname: 'Failing', service, severity: 'critical', cause: 'errors', environment: 'prod' };
  const alerts = Array.from({ length: size }, (_, index) => ({
    status: 'firing',
    labels: { ...labels, instance: `i${index}` },
    annotations: { summary: `${service} fails` },
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: `of-${service}-${index}`,
  }));
  return JSON.stringify({
    version: '4',
    groupKey: `{}:{service="${service}"}`,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'phased-rollback',
    groupLabels: {},
    commonLabels: labels,
    commonAnnotations: {},
    externalURL: 'http://127.0.0.1:9093',
    alerts,
  });
}

/** A value on a gateway's metrics page. */
export async function metricOf(gatewayUrl: string, name: string): Promise<number> {
  const page = await (await fetch(`${gatewayUrl}/metrics`)).text();
  const line = page.split('\n').find((entry) => entry.startsWith(`${name} `));
  if (line === undefined) throw new Error(`${gatewayUrl} has no metric ${name}:\n${page}`);
  return Number(line.slice(name.length + 1));
}
