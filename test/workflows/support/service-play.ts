import type { Client, WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import {
  alertSignal,
  serviceCommandSignal,
  serviceOutcomeQuery,
  serviceStateQuery,
} from '../../../src/contracts/definitions';
import type { RollbackEnded, ServiceCommand } from '../../../src/contracts/messages';
import { TASK_QUEUE } from '../../../src/contracts/task-queues';
import type { Alert } from '../../../src/domain/alert/alert';
import { rollbackId, serviceId } from '../../../src/domain/rollback/request';
import type { ServiceOutcome } from '../../../src/domain/service/outcome';
import type { PolicySlice, ServiceState } from '../../../src/domain/service/state';
import type { ServiceInput, service as serviceWorkflow } from '../../../src/workflows/service';
import { alert } from '../../domain/rollback/support/fixtures';
import { finishSignal, toldQuery } from './service-workflows';
import type { Told } from './service-workflows';
import { answerTo, until } from './until';

/** What a test decides about the world of one service. */
export interface Scene {
  slice: PolicySlice;
  /** Revision at full weight; where the release record says what slot blue holds, that. */
  serves: string;
  /** Percent of its traffic that its target has ready, or why it cannot be read. */
  ready: number | Error;
  /** How often Temporal was asked about its rollbacks. */
  asked: number;
  /** Whether Temporal fails to say anything of them. */
  isSilent: boolean;
}

/** Where services are played. */
interface PlayedOn {
  readonly client: Client;
  scene(service: string): Scene;
}

/** One service and what a test does to it. */
export class ServicePlay {
  readonly input: ServiceInput;
  readonly id: string;
  private readonly stage: PlayedOn;
  private said = 0;

  constructor(stage: PlayedOn, input: ServiceInput) {
    this.stage = stage;
    this.input = input;
    this.id = serviceId(input);
  }

  alert(change: Partial<Alert> = {}): Alert {
    const { environment, service } = this.input;
    return alert({ environment, service, receivedAt: Date.now(), ...change });
  }

  /** Sends an alert as the gateway does. */
  async deliver(deliveryId: string, change: Partial<Alert> = {}): Promise<void> {
    await this.signalled(alertSignal, { deliveryId, alert: this.alert(change) });
  }

  /** Sends a word as the gateway does, and waits for its answer. */
  async say(word: WordOfTest): Promise<ServiceOutcome> {
    return this.outcome(await this.send(word));
  }

  /** Sends a word without waiting for its answer, which has the returned id. */
  async send(word: WordOfTest): Promise<string> {
    this.said += 1;
    const command = { id: `word-${this.said}`, by: 'ada', at: Date.now(), ...word } as ServiceCommand;
    await this.signalled(serviceCommandSignal, command);
    return command.id;
  }

  private signalled<T>(
    signal: SignalDefinition<[T]>,
    message: T,
  ): Promise<WorkflowHandleWithSignaledRunId<typeof serviceWorkflow>> {
    return this.stage.client.workflow.signalWithStart<typeof serviceWorkflow, [T]>('service', {
      workflowId: this.id,
      taskQueue: TASK_QUEUE,
      args: [this.input],
      signal,
      signalArgs: [message],
    });
  }

  async outcome(id: string): Promise<ServiceOutcome> {
    const handle = this.stage.client.workflow.getHandle(this.id);
    return until(`an answer to ${id}`, async () => handle.query(serviceOutcomeQuery, id));
  }

  state(): Promise<ServiceState> {
    return answerTo(() => this.stage.client.workflow.getHandle(this.id).query(serviceStateQuery));
  }

  /** The state once it is as described. */
  untilState(what: string, holds: (state: ServiceState) => boolean, longestMs?: number): Promise<ServiceState> {
    const look = async (): Promise<ServiceState | undefined> => {
      const state = await this.state();
      return holds(state) ? state : undefined;
    };
    return until(what, look, longestMs);
  }

  rollback(number: number) {
    return this.stage.client.workflow.getHandle(rollbackId({ ...this.input, number }));
  }

  /** The activities that it has asked for so far, oldest first. */
  async activities(): Promise<readonly string[]> {
    const { events } = await this.stage.client.workflow.getHandle(this.id).fetchHistory();
    return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  }

  /** Why activities of this kind that ran out of time did so, oldest first. */
  async outOfTime(type: string): Promise<readonly string[]> {
    const { events } = await this.stage.client.workflow.getHandle(this.id).fetchHistory();
    const scheduled = new Set(
      (events ?? []).flatMap(({ eventId, activityTaskScheduledEventAttributes: asked }) =>
        asked?.activityType?.name === type ? [String(eventId)] : [],
      ),
    );
    return (events ?? []).flatMap(({ activityTaskTimedOutEventAttributes: over }) =>
      over && scheduled.has(String(over.scheduledEventId)) ? [over.failure?.message ?? ''] : [],
    );
  }

  told(number: number): Promise<Told> {
    return answerTo(() => this.rollback(number).query(toldQuery));
  }

  async finish(number: number, how: Partial<RollbackEnded> | 'silently'): Promise<void> {
    await this.rollback(number).signal(finishSignal, how);
    await this.rollback(number).result();
  }

  get scene(): Scene {
    return this.stage.scene(this.input.service);
  }
}

type WordOfTest = { kind: ServiceCommand['kind'] } & Record<string, unknown>;
