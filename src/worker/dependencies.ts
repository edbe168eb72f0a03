import type { Client } from '@temporalio/client';
import type { ActivityDependencies } from '../activities';
import { createAdapters, resolveSecret } from '../adapters';
import { configReader, environmentFor, policyFor } from '../config';
import { endedSignal } from '../contracts/definitions';
import { TASK_QUEUE } from '../contracts/task-queues';
import { rollbackId, serviceId } from '../domain/rollback/request';
import { TerminalError } from '../ports';
import { EnvironmentDesk } from './environment-desk';
import { livenessOf } from './liveness';

/** What a worker's activities work with: the policy file read at every use, the adapters it names, and Temporal. */
export function createDependencies(options: {
  readonly client: Client;
  readonly configPath: string;
  readonly log: { info(details: object, message: string): void };
}): ActivityDependencies {
  const { client, configPath, log } = options;
  const desk = new EnvironmentDesk(client);
  const now = (): number => Date.now();
  const readConfig = configReader(configPath);
  return {
    adapters: createAdapters({ resolveSecret, log, now }),
    now,
    async loadPolicy(environment, service) {
      const found = policyFor(await readConfig(), environment, service);
      return found.ok ? { ok: true, policy: found.policy } : { ok: false, error: found.error };
    },
    async loadEnvironment(environment) {
      const found = environmentFor(await readConfig(), environment);
      if (found.ok) return found.policy;
      throw new TerminalError('POLICY_INVALID', `environment ${environment}: ${found.error}`);
    },
    consult: (environment, question) => desk.consult(environment, question),
    async sendOutcome(ended) {
      const { environment, service } = ended.ref;
      await client.workflow.signalWithStart('service', {
        workflowId: serviceId(ended.ref),
        taskQueue: TASK_QUEUE,
        args: [{ environment, service }],
        signal: endedSignal,
        signalArgs: [ended],
      });
    },
    describeRun: (ref) => livenessOf(client, rollbackId(ref)),
  };
}
