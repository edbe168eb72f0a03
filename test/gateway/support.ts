import type { FastifyInstance } from 'fastify';
import { createAdapters } from '../../src/adapters';
import { ClientError } from '../../src/client';
import type { Answer, PausedAll } from '../../src/client';
import { loadConfig } from '../../src/config';
import type { AlertMessage, EnvironmentCommand, RollbackCommand, ServiceCommand } from '../../src/contracts/messages';
import type { Preview } from '../../src/contracts/preview';
import { openEnvironment } from '../../src/domain/environment/state';
import { environmentView } from '../../src/domain/environment/view';
import { createGateway } from '../../src/gateway';
import type { GatewayClient } from '../../src/gateway';
import type { OutOfService } from '../../src/gateway/dependencies';
import { ALERT_LIMITS } from '../../src/gateway/limits';
import type { AlertLimits } from '../../src/gateway/limits';

export const SECRET = `whsec_${Buffer.from('a secret of more than twenty-four bytes').toString('base64')}`;

const FILE = `
apiVersion: phased-rollback/v1
gateway:
  alertSources:
    ours: { type: standard-webhooks, secrets: ['\${env:TEST_WEBHOOK_SECRET}'] }
    guarded: { type: alertmanager, bearer: '\${env:TEST_BEARER}' }
services:
  - name: checkout
    targets: [{ name: eu, type: http, url: 'http://127.0.0.1:1/' }]
  - name: cart
    environment: staging
    targets: [{ name: eu, type: http, url: 'http://127.0.0.1:2/' }]
`;

/** A stand-in for Temporal at the gateway's edge: keeps what it is told, fails when it is asked to. */
export class FakeClient implements GatewayClient {
  readonly recorded: AlertMessage[] = [];
  readonly calledAt: number[] = [];
  /** What calls wait for before they are answered. */
  held: Promise<void> = Promise.resolve();
  readonly said: (RollbackCommand | ServiceCommand | EnvironmentCommand)[] = [];
  down = false;
  /** What a mistake of the product's own would throw. */
  bug: Error | undefined;
  answer: Answer = { kind: 'applied', text: 'done' };

  async alerts(_name: unknown, messages: readonly AlertMessage[]): Promise<void> {
    this.calledAt.push(performance.now());
    await this.held;
    if (this.down) throw new ClientError('TEMPORAL_UNAVAILABLE', 'Temporal did not take it');
    this.recorded.push(...messages);
  }
  async tellService(_name: unknown, command: ServiceCommand): Promise<Answer> {
    this.said.push(command);
    return this.answer;
  }
  async tellRollback(_ref: unknown, command: RollbackCommand): Promise<Answer> {
    this.said.push(command);
    return this.answer;
  }
  async status() {
    if (this.bug) throw this.bug;
    return { kind: 'notFound' as const };
  }
  async latest() {
    return undefined;
  }
  async list() {
    return [];
  }
  async preview(): Promise<Preview> {
    return { kind: 'none', code: 'ALREADY_THERE', detail: 'v41 serves already' };
  }
  async serviceView() {
    return undefined;
  }
  async gate() {
    return { allowed: 'unknown' as const, because: 'nobody answers' };
  }
  async environment(name: string) {
    return this.down ? undefined : environmentView(openEnvironment(name), Date.now());
  }
  async tellEnvironment(_name: string, command: EnvironmentCommand): Promise<Answer> {
    this.said.push(command);
    return this.answer;
  }
  async pauseAll(environment: string, command: RollbackCommand): Promise<PausedAll> {
    this.said.push(command);
    return { rollbacks: [{ environment, service: 'checkout', number: 7, answer: this.answer }] };
  }
  async reachable() {
    return !this.down;
  }
}

export async function gateway(
  tokens: readonly { name: string; sha256: string; role: 'viewer' | 'operator' | 'approver' | 'admin' }[] = [],
  outOfService: OutOfService = { kind: 'some', services: [] },
  limits: AlertLimits = ALERT_LIMITS,
): Promise<{
  app: FastifyInstance;
  client: FakeClient;
  /** Stands still unless it is put ahead: a second in which news are the same is short on a busy machine. */
  clock: { aheadMs: number };
  unexpected: readonly object[];
}> {
  process.env.TEST_WEBHOOK_SECRET = SECRET;
  process.env.TEST_BEARER = 'the-token';
  const loaded = loadConfig(FILE, 'test.yaml');
  expect([...loaded.problems, ...loaded.invalid]).toEqual([]);
  const client = new FakeClient();
  const clock = { aheadMs: 0 };
  const began = Date.now();
  const unexpected: object[] = [];
  const adapters = createAdapters({
    resolveSecret: (reference) => process.env[/env:(\w+)/.exec(reference)?.[1] ?? ''] ?? '',
    log: { info: () => undefined },
    now: () => Date.now(),
  });
  const app = await createGateway(
    {
      client,
      config: { ...loaded.gateway, tokens: [...tokens] },
      now: () => began + clock.aheadMs,
      unexpected: ({ message }, asked) => unexpected.push({ message, ...asked }),
      alertSource: (name) => {
        const config = loaded.gateway.alertSources[name];
        return config && adapters.alertSource(config);
      },
      policies: async () => loaded.services,
      outOfService: async () => outOfService,
      report: async () => undefined,
    },
    limits,
  );
  return { app, client, clock, unexpected };
}

export function alertmanagerBody(
  labels: Readonly<Record<string, string>> = {},
  fingerprints: readonly string[] = ['f1'],
): unknown {
  const alerts = fingerprints.map((fingerprint) => ({
    status: 'firing',
    labels: { alertname: 'Errors', service: 'checkout', severity: 'critical', ...labels },
    annotations: { summary: 'checkout fails' },
    startsAt: '2026-11-23T02:48:25.216Z',
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint,
  }));
  return { version: '4', groupKey: 'g', status: 'firing', receiver: 'r', alerts, somethingNew: true };
}
