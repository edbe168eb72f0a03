import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { consultUpdate } from '../contracts/definitions';
import { TASK_QUEUE } from '../contracts/task-queues';
import type { EnvironmentAnswer, EnvironmentQuestion } from '../domain/environment/consult';
import type { EnvironmentPolicy } from '../domain/environment/policy';
import { environmentId } from '../domain/environment/state';
import { RetryableError } from '../ports';

interface Waiting {
  readonly policy: EnvironmentPolicy;
  readonly question: EnvironmentQuestion;
  readonly resolve: (answer: EnvironmentAnswer) => void;
  readonly reject: (error: unknown) => void;
}

const CALL_LIMIT_MS = 8_000;
const MOST_AT_ONCE = 200;

/**
 * Carries the questions of this process to the environments' workflows, one update at a time for each environment: what
 * comes while one is under way goes with the next. A storm of alerts is a few updates then, and the server, which allows
 * ten of them at once for a workflow, refuses none.
 */
export class EnvironmentDesk {
  private readonly client: Client;
  private readonly queues = new Map<string, Waiting[]>();
  private readonly busy = new Set<string>();

  constructor(client: Client) {
    this.client = client;
  }

  /** The answer of the environment's workflow, which is started where it is not running. */
  consult(policy: EnvironmentPolicy, question: EnvironmentQuestion): Promise<EnvironmentAnswer> {
    const { environment } = policy;
    return new Promise((resolve, reject) => {
      const queue = this.queues.get(environment) ?? [];
      this.queues.set(environment, [...queue, { policy, question, resolve, reject }]);
      if (!this.busy.has(environment)) void this.carry(environment);
    });
  }

  private async carry(environment: string): Promise<void> {
    this.busy.add(environment);
    for (;;) {
      const queue = this.queues.get(environment) ?? [];
      const batch = queue.slice(0, MOST_AT_ONCE);
      const newest = batch.at(-1);
      if (!newest) break;
      this.queues.set(environment, queue.slice(MOST_AT_ONCE));
      await this.ask(newest.policy, batch);
    }
    this.queues.delete(environment);
    this.busy.delete(environment);
  }

  private async ask(policy: EnvironmentPolicy, batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.update(
        policy,
        batch.map(({ question }) => question),
      );
      batch.forEach(({ resolve, reject }, index) => {
        const answer = answers[index];
        if (answer) resolve(answer);
        else reject(silent(policy, 'it gave no answer'));
      });
    } catch (error) {
      for (const { reject } of batch) reject(silent(policy, error));
    }
  }

  private update(
    { environment, automaticAtOnce, commonCause }: EnvironmentPolicy,
    questions: readonly EnvironmentQuestion[],
  ): Promise<readonly EnvironmentAnswer[]> {
    const startWorkflowOperation = new WithStartWorkflowOperation('environment', {
      workflowId: environmentId(environment),
      taskQueue: TASK_QUEUE,
      args: [{ environment }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    return this.client.withDeadline(Date.now() + CALL_LIMIT_MS, () =>
      this.client.workflow.executeUpdateWithStart(consultUpdate, {
        args: [{ limits: { automaticAtOnce, commonCause }, questions }],
        startWorkflowOperation,
      }),
    );
  }
}

function silent({ environment }: EnvironmentPolicy, why: unknown): RetryableError {
  const text = why instanceof Error ? why.message : String(why);
  return new RetryableError('ENVIRONMENT_SILENT', `environment ${environment} does not answer: ${text}`, {
    cause: why,
  });
}
