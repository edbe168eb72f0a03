import { CancellationScope, isCancellation, log, setHandler } from '@temporalio/workflow';
import {
  alertSignal,
  alertsSignal,
  endedSignal,
  serviceCommandSignal,
  serviceOutcomeQuery,
  serviceStateQuery,
  serviceStatusQuery,
} from '../contracts/definitions';
import type { RunLiveness } from '../contracts/activities';
import type { RollbackEnded } from '../contracts/messages';
import type { ServicePolicy } from '../domain/policy/policy';
import { rollbackId, serviceId } from '../domain/rollback/request';
import type { RollbackRef } from '../domain/rollback/request';
import { openService, outcomeOf } from '../domain/service/state';
import type { PolicySlice, ServiceState } from '../domain/service/state';
import { serviceView } from '../domain/service/view';
import type { Arrived, Came } from './arrived';
import { RunMonitor } from './run-monitor';
import { consult } from './consult';
import { takeSignals, taking } from './signals';
import { ask, lookAtTargets, tellPeople } from './service-proxies';

/** What a service workflow is started or continued with. */
export interface ServiceInput {
  readonly environment: string;
  readonly service: string;
  /** The memory of the run before, when this one continues it. */
  readonly carried?: ServiceState;
  /** What had come but was not handled when the run before ended. */
  readonly pending?: readonly Arrived[];
  /** Continue as new after this many messages of one run, besides the server's own suggestion. */
  readonly continueAfterMessages?: number;
  /** Pause between two looks at the targets and between two checks of a live run, in milliseconds; a minute by default. */
  readonly everyMs?: number;
}

/** Something that people are told; `subject` makes the notification's identity within the service. */
export interface ServiceNews {
  readonly level: 'page' | 'info';
  readonly subject: string;
  readonly title: string;
  readonly text: string;
}

const MINUTE_MS = 60_000;

/** A service workflow's queue, memory, and what it looks up. Decides nothing. */
export class ServiceDoor {
  state: ServiceState;
  readonly queue: Arrived[];
  readonly everyMs: number;
  readonly monitor = new RunMonitor();
  slice: PolicySlice | undefined;
  private sliceAt = 0;
  lastGood: ServicePolicy | undefined;
  private observation: { readonly scope: CancellationScope; readonly done: Promise<void> } | undefined;
  private observeAgainAt = 0;
  private looksAfresh = false;
  private readonly errands = new Set<Promise<unknown>>();

  constructor(input: ServiceInput) {
    this.state = input.carried ?? openService(input.environment, input.service);
    this.queue = [...(input.pending ?? [])];
    this.everyMs = input.everyMs ?? MINUTE_MS;
  }

  /** Registers every handler; called before the first await. Handlers only queue. */
  listen(): void {
    const queue = (arrived: Came): void => void this.queue.push({ ...arrived, at: Date.now() });
    takeSignals([
      taking(alertSignal, (message) => queue({ kind: 'alert', message })),
      taking(alertsSignal, (messages) => messages.forEach((message) => queue({ kind: 'alert', message }))),
      taking(serviceCommandSignal, (command) => queue({ kind: 'command', command })),
      taking(endedSignal, (ended) => queue({ kind: 'ended', ended })),
    ]);
    setHandler(serviceStatusQuery, () => serviceView(this.state, this.slice, Date.now()));
    setHandler(serviceStateQuery, () => this.state);
    setHandler(serviceOutcomeQuery, (id) => outcomeOf(this.state, id));
  }

  /** The policy slice, at most a minute old. One that could not be read or is invalid is not an error but an answer. */
  async policy(): Promise<PolicySlice> {
    if (this.slice && Date.now() - this.sliceAt < MINUTE_MS) return this.slice;
    const { environment, service } = this.state;
    this.slice = await ask.loadPolicy({ environment, service }).catch((error: unknown): PolicySlice => {
      if (isCancellation(error)) throw error;
      return { ok: false, error: `the policy could not be loaded: ${String(error)}` };
    });
    this.sliceAt = Date.now();
    if (this.slice.ok) this.lastGood = this.slice.policy;
    return this.slice;
  }

  /** The policy as last read, without asking. */
  get knownPolicy(): PolicySlice {
    return this.slice ?? { ok: false, error: 'the policy has not been read yet' };
  }

  /** An invalid policy is asked for again at the next look. */
  forgetInvalidPolicy(): void {
    if (this.slice?.ok === false) this.sliceAt = 0;
  }

  /** Whether a recorded run runs; undefined when that cannot be learned. */
  async liveness(ref: RollbackRef): Promise<RunLiveness | undefined> {
    try {
      const { environment, service, number } = ref;
      return await ask.describeRun({ environment, service, number });
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('a run could not be described', { rollback: rollbackId(ref), error: String(error) });
      return undefined;
    }
  }

  /** Takes the run's last word out of the queue, wherever it stands in it. */
  takeEnded(ref: RollbackRef): RollbackEnded | undefined {
    const index = this.queue.findIndex((item) => item.kind === 'ended' && item.ended.ref.number === ref.number);
    const [item] = index < 0 ? [] : this.queue.splice(index, 1);
    return item?.kind === 'ended' ? item.ended : undefined;
  }

  /** Tells people without holding the door up; a page wakes them. */
  tell({ subject, ...news }: ServiceNews): void {
    const { lastGood: policy } = this;
    if (!policy) return log.error('nobody can be told: no valid policy', { ...news });
    const id = `${serviceId(this.state)}/${subject}`;
    this.detach(tellPeople.notifyService({ policy, id, ...news, at: Date.now() }));
  }

  /** Gives the place of an automatic rollback back. Where this is lost, whoever finds no place looks for closed ones. */
  freePlace({ environment, service, number }: RollbackRef): void {
    this.detach(consult.askEnvironment({ environment, question: { kind: 'ended', service, number } }));
  }

  private detach(errand: Promise<unknown>): void {
    const tracked: Promise<unknown> = errand
      .catch((error: unknown) => log.warn('an errand failed', { error: String(error) }))
      .finally(() => this.errands.delete(tracked));
    this.errands.add(tracked);
  }

  /** Whether the targets should be looked at and nobody does. */
  shouldObserve(): boolean {
    const idle = !this.state.live && !this.observation && this.slice?.ok === true;
    return idle && Date.now() >= this.observeAgainAt;
  }

  get observing(): boolean {
    return this.observation !== undefined;
  }

  /** Looks at the targets in the background; what was seen comes to the door like everything else. */
  observe(): void {
    if (!this.slice?.ok) return;
    const { policy } = this.slice;
    const { everyMs, state } = this;
    this.looksAfresh = false;
    const scope = new CancellationScope({ cancellable: true });
    const done = scope
      .run(() => lookAtTargets({ state, policy, everyMs, now: Date.now() }))
      .then(
        ({ census, troubles }) => {
          // Once a rollback moves weights, an earlier look would tell of releases that are none.
          if (!scope.consideredCancelled) this.queue.push({ kind: 'seen', census, troubles, at: Date.now() });
        },
        (error: unknown) => {
          this.observeAgainAt = this.looksAfresh ? 0 : Date.now() + this.everyMs;
          if (!isCancellation(error)) log.warn('the targets could not be looked at', { error: String(error) });
        },
      )
      .finally(() => (this.observation = undefined));
    this.observation = { scope, done };
  }

  stopObserving(): void {
    this.observation?.scope.cancel();
  }

  /** What is looked at by has changed: the next look comes at once, and nothing of one under way counts. */
  observeAfresh(): void {
    this.observeAgainAt = 0;
    this.looksAfresh = true;
    this.stopObserving();
  }

  /** Waits until nothing of this run is pending any more. */
  async settle(): Promise<void> {
    this.stopObserving();
    this.monitor.end();
    await this.observation?.done;
    await Promise.all(this.errands);
  }
}
