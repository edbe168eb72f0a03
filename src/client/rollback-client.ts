import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import {
  alertsSignal,
  environmentCommandSignal,
  environmentOutcomeQuery,
  environmentStatusQuery,
  outcomeQuery,
  rollbackCommandSignal,
  rollbackStateQuery,
  rollbackStatusQuery,
  serviceCommandSignal,
  serviceOutcomeQuery,
  serviceStateQuery,
  serviceStatusQuery,
} from '../contracts/definitions';
import type { AlertMessage, EnvironmentCommand, RollbackCommand, ServiceCommand } from '../contracts/messages';
import type { Preview, PreviewWishes } from '../contracts/preview';
import { TASK_QUEUE } from '../contracts/task-queues';
import { whyUnanswered } from '../domain/report';
import type { SeenStatus } from '../domain/report';
import { rollbackId, serviceId } from '../domain/rollback/request';
import type { CommandOutcome } from '../domain/rollback/command';
import type { RollbackRef } from '../domain/rollback/request';
import type { RunState } from '../domain/rollback/state';
import type { ServiceOutcome } from '../domain/service/outcome';
import { mayDeploy } from '../domain/service/gate';
import { previewRequest } from '../domain/service/start';
import { openService } from '../domain/service/state';
import type { ServiceView } from '../domain/service/view';
import { environmentId, openEnvironment } from '../domain/environment/state';
import type { EnvironmentOutcome } from '../domain/environment/state';
import { environmentView } from '../domain/environment/view';
import type { EnvironmentView } from '../domain/environment/view';
import type { Answer, GateResult, ListedRollback, PausedAll, ServiceName } from './answers';
import { isNotFound, isSealed, previewResult, readBack, within } from './calls';
import { describeRun, describeSilence } from './describe';
import { listRollbacks } from './list';
import type { ListFilter } from './list';
import { pauseAll } from './pause-all';

const SIGNAL_LIMIT_MS = 3_000;
const STATUS_LIMIT_MS = 1_500;
const QUERY_LIMIT_MS = 5_000;
const LIST_LIMIT_MS = 10_000;
const READ_BACK_MS = 5_000;
const PREVIEW_LIMIT_MS = 30_000;

/** How long is waited, in milliseconds: until a message is recorded (3 s), answered (5 s), a plan is made (30 s). */
interface Patience {
  readonly signalMs?: number;
  readonly readBackMs?: number;
  readonly previewMs?: number;
}

/** The one typed door to Temporal: what is said through it is durable when the call returns, then read back. */
export class RollbackClient {
  private readonly client: Client;
  private readonly signalMs: number;
  private readonly readBackMs: number;
  private readonly previewMs: number;

  constructor(options: { readonly client: Client } & Patience) {
    this.client = options.client;
    this.signalMs = options.signalMs ?? SIGNAL_LIMIT_MS;
    this.readBackMs = options.readBackMs ?? READ_BACK_MS;
    this.previewMs = options.previewMs ?? PREVIEW_LIMIT_MS;
  }

  /**
   * Hands alerts to their service in one call, starting the service's workflow; resolves alone never start one.
   * `TEMPORAL_UNAVAILABLE` when they may not have been recorded: handed over again, none of them counts twice.
   */
  async alerts(name: ServiceName, messages: readonly AlertMessage[]): Promise<void> {
    if (messages.some(({ alert }) => alert.status === 'firing')) {
      return this.signalService(name, alertsSignal, messages);
    }
    try {
      await within(this.client, this.signalMs, () =>
        this.client.workflow.getHandle(serviceId(name)).signal(alertsSignal, messages),
      );
    } catch (error) {
      // A service that nobody ever alerted has nothing to resolve.
      if (!isNotFound(error)) throw error;
    }
  }

  /** Tells a service something, and reads its answer back. */
  async tellService(name: ServiceName, command: ServiceCommand): Promise<Answer> {
    await this.signalService(name, serviceCommandSignal, command);
    const handle = this.client.workflow.getHandle(serviceId(name));
    return this.readAnswer(serviceId(name), async () => {
      const outcome = await this.quietly(() => handle.query(serviceOutcomeQuery, command.id));
      return outcome && answerOf(outcome);
    });
  }

  /** Tells an environment something, starting its workflow, and reads its answer back. */
  async tellEnvironment(name: string, command: EnvironmentCommand): Promise<Answer> {
    const workflowId = environmentId(name);
    const start = { workflowId, taskQueue: TASK_QUEUE, args: [{ environment: name }] };
    await within(this.client, this.signalMs, () =>
      this.client.workflow.signalWithStart('environment', {
        ...start,
        signal: environmentCommandSignal,
        signalArgs: [command],
      }),
    );
    const handle = this.client.workflow.getHandle(workflowId);
    return this.readAnswer(workflowId, async () => {
      const outcome = await this.quietly(() => handle.query(environmentOutcomeQuery, command.id));
      return outcome && answerOf(outcome);
    });
  }

  /** How far automation goes in an environment, and what it knows; undefined when no worker answers. */
  async environment(name: string): Promise<EnvironmentView | undefined> {
    try {
      return await within(this.client, STATUS_LIMIT_MS, () =>
        this.client.workflow.getHandle(environmentId(name)).query(environmentStatusQuery),
      );
    } catch (error) {
      // An environment that nobody ever asked or told anything is as it was opened.
      return isNotFound(error) ? environmentView(openEnvironment(name), Date.now()) : undefined;
    }
  }

  /** Pauses every live rollback of an environment, and says of each what came of it. */
  pauseAll(environment: string, command: RollbackCommand): Promise<PausedAll> {
    return pauseAll(this, environment, command);
  }

  /**
   * Tells a rollback something, and reads its answer back. One that has ended refuses with `ENDED`; a word that it had
   * taken before, said again because its answer was lost, gets that answer.
   */
  async tellRollback(ref: RollbackRef, command: RollbackCommand): Promise<Answer> {
    const handle = this.client.workflow.getHandle(rollbackId(ref));
    const answer = () => this.quietly(() => handle.query(outcomeQuery, command.id));
    try {
      await within(this.client, this.signalMs, () => handle.signal(rollbackCommandSignal, command));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const before = await answer();
      if (before) return answerOf(before);
      return { kind: 'refused', code: 'ENDED', text: `${rollbackId(ref)} has ended, or never was` };
    }
    return this.readAnswer(rollbackId(ref), async () => {
      const outcome = await answer();
      return outcome && answerOf(outcome);
    });
  }

  /**
   * The rollback's own answer within 1.5 s, with what of its work nobody has picked up; else what Temporal knows of it.
   * Throws `TEMPORAL_UNAVAILABLE` when nobody can be asked.
   */
  async status(ref: RollbackRef): Promise<SeenStatus | { readonly kind: 'notFound' }> {
    const handle = this.client.workflow.getHandle(rollbackId(ref));
    const describing = describeRun(this.client, ref);
    const [view, seen] = await Promise.all([
      this.quietly(() => handle.query(rollbackStatusQuery), STATUS_LIMIT_MS),
      describing.catch(() => undefined),
    ]);
    if (view) return { kind: 'live', view, ...(seen?.waiting ? { waiting: seen.waiting } : {}) };
    const described = await describing;
    return described ? { kind: 'described', described: described.status } : { kind: 'notFound' };
  }

  /** Everything a rollback knows. */
  async state(ref: RollbackRef): Promise<RunState> {
    return within(this.client, QUERY_LIMIT_MS, () =>
      this.client.workflow.getHandle(rollbackId(ref)).query(rollbackStateQuery),
    );
  }

  /** What a service knows and does; undefined when nobody ever told it anything, or no worker answers. */
  async serviceView(name: ServiceName): Promise<ServiceView | undefined> {
    return this.quietly(() => this.client.workflow.getHandle(serviceId(name)).query(serviceStatusQuery));
  }

  /** The live rollback of a service, else its last one. */
  async latest(name: ServiceName): Promise<RollbackRef | undefined> {
    const state = await this.quietly(() => this.client.workflow.getHandle(serviceId(name)).query(serviceStateQuery));
    const number = state?.live?.number ?? state?.past.at(-1)?.number;
    if (number !== undefined) return { environment: name.environment, service: name.service, number };
    const [newest] = await this.list({ ...name, limit: 1 });
    return newest && { environment: newest.environment, service: newest.service, number: newest.number };
  }

  /**
   * What a rollback would do now, by a workflow of its own that takes no lock and changes nothing. Throws
   * `NO_ANSWER` when no worker has made the plan in time, and the policy's error when it is invalid.
   */
  async preview(name: ServiceName, wishes: PreviewWishes): Promise<Preview> {
    const known = await this.quietly(() => this.client.workflow.getHandle(serviceId(name)).query(serviceStateQuery));
    const request = previewRequest(known ?? openService(name.environment, name.service), wishes, Date.now());
    const workflowId = `preview/${name.environment}/${name.service}/${randomUUID()}`;
    const options = { taskQueue: TASK_QUEUE, workflowId, args: [request], workflowExecutionTimeout: this.previewMs };
    const handle = await within(this.client, this.signalMs, () => this.client.workflow.start('preview', options));
    return previewResult(handle.result() as Promise<Preview>);
  }

  /** May this revision be deployed? `unknown` when the service could not be asked. */
  async gate(name: ServiceName, revision: string): Promise<GateResult> {
    try {
      const state = await within(this.client, QUERY_LIMIT_MS, () =>
        this.client.workflow.getHandle(serviceId(name)).query(serviceStateQuery),
      );
      return mayDeploy(state, revision, Date.now());
    } catch (error) {
      if (isNotFound(error)) return { allowed: true };
      return { allowed: 'unknown', because: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Rollbacks, newest first, as visibility shows them: for people to look at, never to decide by. */
  list(filter: ListFilter): Promise<readonly ListedRollback[]> {
    return within(this.client, LIST_LIMIT_MS, () => listRollbacks(this.client, filter));
  }

  /** True when Temporal answers. */
  async reachable(): Promise<boolean> {
    try {
      await within(this.client, STATUS_LIMIT_MS, () => this.client.workflowService.getSystemInfo({}));
      return true;
    } catch {
      // The question is whether it answers; why it does not is told by the call that needs it.
      return false;
    }
  }

  /** What became of a word that is durable: whatever goes wrong from here on, it is recorded. */
  private async readAnswer(workflowId: string, look: () => Promise<Answer | undefined>): Promise<Answer> {
    try {
      const answer = await readBack(this.readBackMs, look);
      if (answer) return answer;
      const silence = await describeSilence(this.client, workflowId);
      return silence ? { kind: 'recorded', because: whyUnanswered(silence) } : { kind: 'recorded' };
    } catch (error) {
      return isSealed(error) ? { kind: 'recorded', because: error.message } : { kind: 'recorded' };
    }
  }

  private async signalService<Message>(
    name: ServiceName,
    signal: SignalDefinition<[Message]>,
    message: Message,
  ): Promise<void> {
    await within(this.client, this.signalMs, () =>
      this.client.workflow.signalWithStart('service', {
        workflowId: serviceId(name),
        taskQueue: TASK_QUEUE,
        args: [{ environment: name.environment, service: name.service }],
        signal,
        signalArgs: [message],
      }),
    );
  }

  /** A question whose answer may be missing: no worker, too late, not there. One that cannot be opened is not missing. */
  private async quietly<T>(ask: () => Promise<T>, limitMs = QUERY_LIMIT_MS): Promise<T | undefined> {
    try {
      return await within(this.client, limitMs, ask);
    } catch (error) {
      if (isSealed(error)) throw error;
      // The caller says what a missing answer means: "recorded, not yet answered", or the description instead.
      return undefined;
    }
  }
}

function answerOf(outcome: CommandOutcome | ServiceOutcome | EnvironmentOutcome): Answer {
  if (outcome.result === 'refused') return { kind: 'refused', code: outcome.code, text: outcome.text };
  const rollback = 'rollback' in outcome ? outcome.rollback : undefined;
  return { kind: 'applied', text: outcome.text, ...(rollback === undefined ? {} : { rollback }) };
}
