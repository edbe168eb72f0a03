import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RollbackClient } from '../client';
import { connect, freePort, startEmbedded } from '../temporal';
import type { EmbeddedTemporal } from '../temporal';
import { startFleet } from './fleet/fleet';
import type { Fleet, FleetOptions } from './fleet/fleet';
import { demoPolicyFile } from './policy-file';
import type { DemoPolicy } from './policy-file';
import { ownProcess } from './processes';
import type { OwnProcess } from './processes';

/** Everything a scenario plays on: real processes, every one of them. */
export interface Stage {
  readonly stateDir: string;
  readonly archiveDir: string;
  readonly fleet: Fleet;
  readonly temporal: EmbeddedTemporal;
  readonly worker: OwnProcess;
  readonly gateway: OwnProcess;
  readonly gatewayUrl: string;
  readonly configPath: string;
  readonly client: RollbackClient;
  /** What our own commands need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** How a stage is set up. */
export interface StageOptions {
  readonly stateDir: string;
  readonly fleet: Omit<FleetOptions, 'stateDir'>;
  readonly policy: DemoPolicy;
  /** True where the Temporal server itself must survive a kill. */
  readonly persistent: boolean;
  readonly onProgress: (line: string) => void;
}

const READY_WITHIN_MS = 120_000;

/** Starts Temporal, the fleet, gateway and worker, and waits until each really answers. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { stateDir, onProgress } = options;
  mkdirSync(stateDir, { recursive: true });
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  try {
    const temporal = await startEmbedded({ stateDir, persistent: options.persistent, onProgress });
    undo.push(() => temporal.stop());
    onProgress(`Temporal ${temporal.version} at ${temporal.address}, its own page at ${temporal.uiUrl}`);
    const fleet = await startFleet({ ...options.fleet, stateDir: join(stateDir, 'fleet') });
    undo.push(() => fleet.stop());
    const archiveDir = join(stateDir, 'reports');
    const gatewayPort = await freePort();
    const configPath = join(stateDir, 'phased-rollback.yaml');
    writeFileSync(configPath, demoPolicyFile(fleet, options.policy, { archive: archiveDir, gatewayPort }));
    const env = { TEMPORAL_ADDRESS: temporal.address, PHASED_ROLLBACK_CONFIG: configPath };
    const worker = ownProcess('worker', ['worker', '--config', configPath], join(stateDir, 'worker.log'), env);
    undo.push(() => worker.stop());
    const gateway = ownProcess('gateway', ['gateway', '--config', configPath], join(stateDir, 'gateway.log'), env);
    undo.push(() => gateway.stop());
    const connection = await connect({ address: temporal.address });
    undo.push(() => connection.close());
    const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
    await until(async () => (await fetch(`${gatewayUrl}/readyz`)).ok, 'the gateway', join(stateDir, 'gateway.log'));
    const client = new RollbackClient({ client: connection.client });
    const service = { environment: 'prod', service: 'checkout' };
    await until(
      async () => (await client.serviceView(service)) !== undefined,
      'the worker',
      join(stateDir, 'worker.log'),
    );
    return { stateDir, archiveDir, fleet, temporal, worker, gateway, gatewayUrl, configPath, client, env, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Asks until the answer is yes; an answer that never comes is an error that names the log to read. */
export async function until(
  yes: () => Promise<boolean>,
  what: string,
  hint: string,
  withinMs = READY_WITHIN_MS,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  let last = 'no';
  while (Date.now() < deadline) {
    try {
      if (await yes()) return;
      last = 'no';
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not get there within ${withinMs / 1000} s (last answer: ${last}); see ${hint}`);
}
