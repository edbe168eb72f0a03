import { pino } from 'pino';
import { createAdapters, resolveSecret } from '../adapters';
import { RollbackClient } from '../client';
import { configReader, policyFor } from '../config';
import type { LoadedConfig } from '../config';
import { rollbackId } from '../domain/rollback/request';
import { connect } from '../temporal';
import { createGateway } from './app';
import { isLoopback } from './auth';
import type { OutOfService } from './dependencies';

/** How `phased-rollback gateway` is called. */
export interface RunGatewayOptions {
  readonly configPath: string;
  readonly address?: string;
  readonly namespace?: string;
  /** Override the policy file's gateway section. */
  readonly host?: string;
  readonly port?: number;
}

const REPORT_LIMIT_MS = 5_000;

/** Runs the gateway until it is told to stop. Without tokens it refuses to listen beyond this machine. */
export async function runGateway(options: RunGatewayOptions): Promise<void> {
  const log = pino({ name: 'gateway', redact: ['*.authorization', '*.secret'] }, pino.destination(2));
  const readConfig = configReader(options.configPath);
  const loaded = await readConfig();
  const { gateway: config } = loaded;
  const [problem] = [...loaded.problems, ...config.problems];
  if (problem) throw new Error(`${loaded.file} line ${problem.line}, ${problem.path}: ${problem.message}`);
  const host = options.host ?? config.host;
  if (config.tokens.length === 0 && !isLoopback(host)) {
    throw new Error(
      `gateway.host is ${host}, but no tokens are configured: add gateway.tokens, or listen on 127.0.0.1`,
    );
  }
  const temporal = await connect(options);
  const adapters = createAdapters({ resolveSecret, log, now: () => Date.now() });
  const app = await createGateway({
    client: new RollbackClient({ client: temporal.client }),
    config,
    now: () => Date.now(),
    unexpected: (err, asked) => log.error({ err, ...asked }, 'unexpected: answered with 500'),
    alertSource: (name) => {
      const source = config.alertSources[name];
      return source && adapters.alertSource(source);
    },
    policies: async () => (await readConfig()).services,
    outOfService: async () => outOfService(await readConfig()),
    report: async (ref) => {
      const found = policyFor(await readConfig(), ref.environment, ref.service);
      return found.ok
        ? adapters.archive(found.policy.archive).load(rollbackId(ref), AbortSignal.timeout(REPORT_LIMIT_MS))
        : undefined;
    },
  });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await app.listen({ host, port: options.port ?? config.port });
  log.info({ host, port: options.port ?? config.port, services: loaded.services.length }, 'gateway ready');
  await stopped;
  await app.close();
  await temporal.close();
}

function outOfService({ services, invalid, problems }: LoadedConfig): OutOfService {
  if (services.length === 0 && problems.length > 0) return { kind: 'all' };
  return { kind: 'some', services: invalid.map(({ name }) => name) };
}
