import {
  CancellationScope,
  condition,
  allHandlersFinished,
  log,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  alertSignal,
  outcomeQuery,
  rollbackCommandSignal,
  rollbackStateQuery,
  rollbackStatusQuery,
  slotsSignal,
} from '../contracts/definitions';
import { rollbackReasonKey, rollbackStageKey } from '../contracts/search-attributes';
import { alertingToo, mayContinue, openState, record } from '../domain/rollback';
import type { Move, RollbackRequest, RunEvent, RunState } from '../domain/rollback';
import { statusView, weightsSummary, whereabouts } from '../domain/rollback/status';
import { rollbackId } from '../domain/rollback/request';
import { logWithWhereabouts } from './log-whereabouts';
import { rulesOfRun } from './rules';
import { takeSignals, taking } from './signals';

/** What a rollback workflow is started or continued with. */
export interface RollbackInput {
  readonly request: RollbackRequest;
  /** The state of the run before, when this one continues it. */
  readonly carried?: RunState;
  /** Continue as new after this many moves of one run, besides the server's own suggestion. */
  readonly continueAfterMoves?: number;
}

/** An event without its stamp; the run adds workflow time. */
export type Unstamped = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

/** The workflow's side of a run: holds the state, listens, and owns the scope of the move in flight. Decides nothing. */
export class Run {
  state: RunState;
  readonly input: RollbackInput;
  /** True when the present wait was begun for the first time, so that people must be told. */
  newlyAsked = false;
  private scope: CancellationScope | undefined;
  private readonly background = new Set<Promise<unknown>>();
  private backgroundScope: CancellationScope | undefined;
  private backgroundInterruptedIn: number | undefined;
  private uncollected: Promise<unknown> = Promise.resolve();
  private movesHere = 0;
  private pages = 0;
  private readonly published = new Map<string, string>();

  constructor(input: RollbackInput) {
    this.input = input;
    const rules = rulesOfRun(input.carried);
    this.state = input.carried ?? openState(input.request, Date.now(), rules);
    logWithWhereabouts(() => ({ rollback: rollbackId(input.request), ...whereabouts(this.state) }));
  }

  /** Registers every handler; called before the first await. Handlers only record, and say when the old revision alarms. */
  listen(onAlarm: (text: string) => void): void {
    takeSignals([
      taking(rollbackCommandSignal, (command) => this.record({ kind: 'command', command })),
      taking(alertSignal, ({ alert }) => {
        const alarm = alertingToo(this.state, alert);
        this.record({ kind: 'alert', alert });
        if (alarm) onAlarm(alarm);
      }),
      taking(slotsSignal, (slots) => this.record({ kind: 'slotsTold', slots })),
    ]);
    setHandler(rollbackStatusQuery, () => statusView(this.state));
    setHandler(rollbackStateQuery, () => this.state);
    setHandler(outcomeQuery, (id) => this.state.outcomes.find((outcome) => outcome.id === id));
  }

  record(event: Unstamped): void {
    // The union survives the spread only with the stamp added to a whole event, hence the assertion.
    this.state = record(this.state, { ...event, at: Date.now() } as RunEvent);
    if (!mayContinue(this.state)) this.interrupt();
  }

  begin(move: Move): void {
    const askedBefore = this.state.asked?.waitId;
    this.movesHere += 1;
    this.record({ kind: 'began', move });
    this.newlyAsked = move.kind === 'wait' && askedBefore !== move.wait.id;
    this.publish();
  }

  end(event: Unstamped): void {
    this.record(event);
  }

  /** Cancels the move in flight, and capacity being made ready beside it; never an unwind or a report. */
  interrupt(): void {
    this.scope?.cancel();
    this.backgroundScope?.cancel();
    this.backgroundInterruptedIn ??= this.state.movesBegun;
  }

  /** Runs the step of a move in a scope of its own that `interrupt` cancels. */
  async inScope<T>(step: () => Promise<T>): Promise<T> {
    this.scope = new CancellationScope({ cancellable: true });
    try {
      return await this.scope.run(step);
    } finally {
      this.scope = undefined;
    }
  }

  /**
   * Waits for a long observation unless it is interrupted. An interrupted one is not awaited: what it had seen
   * is collected before the next one begins.
   */
  async observe<T>(start: () => Promise<T>, late: (result: T, interruptedIn: number) => Unstamped): Promise<T> {
    await this.collect();
    let interrupted = false;
    const observedIn = this.state.movesBegun;
    const observation = start();
    this.uncollected = observation.then(
      (result) => {
        if (interrupted) this.record(late(result, observedIn));
      },
      (error: unknown) => log.debug('an observation ended without a result', { error: String(error) }),
    );
    const cancelled = CancellationScope.current().cancelRequested.catch((error: unknown) => {
      interrupted = true;
      throw error;
    });
    return Promise.race([observation, cancelled]);
  }

  /** Waits for what an interrupted observation still has to tell. */
  async collect(): Promise<void> {
    await this.uncollected;
  }

  /** Goes on beside the moves, until it is done or interrupted in one; awaited before the run continues as new or closes. */
  inBackground(work: (interruptedIn: () => number | undefined) => Promise<void>): void {
    const scope = new CancellationScope({ cancellable: true });
    this.backgroundScope = scope;
    this.backgroundInterruptedIn = undefined;
    this.detach(scope.run(() => work(() => this.backgroundInterruptedIn)));
  }

  /** Lets a side errand go on; its failure is logged, its end awaited before the run closes. */
  detach(errand: Promise<unknown>): void {
    const tracked: Promise<unknown> = errand
      .catch((error: unknown) => log.warn('a background errand failed', { error: String(error) }))
      .finally(() => this.background.delete(tracked));
    this.background.add(tracked);
  }

  /** Waits until nothing of this run is pending any more. */
  async settle(): Promise<void> {
    await this.collect();
    await Promise.all(this.background);
    await condition(allHandlersFinished);
  }

  /** Tells pages of one run apart, over a continue-as-new too. */
  nextPage(): string {
    this.pages += 1;
    return `${this.state.movesBegun}.${this.pages}`;
  }

  shouldContinueAsNew(): boolean {
    return workflowInfo().continueAsNewSuggested || this.movesHere >= (this.input.continueAfterMoves ?? Infinity);
  }

  /** Tells lists and describers where it stands. Each upsert is an event, and billed: only what changed is told. */
  publish(): void {
    const view = statusView(this.state);
    setCurrentDetails(
      `**${view.doing}** ${view.phase ? `phase ${view.phase.number} of ${view.phase.of} · ` : ''}${view.next}`,
    );
    const stage = view.end?.kind ?? view.stage;
    const reason = view.end?.reason ?? view.wait?.reason ?? null;
    if (this.isNews('stage', `${stage}|${reason}`))
      upsertSearchAttributes([
        { key: rollbackStageKey, value: stage },
        { key: rollbackReasonKey, value: reason },
      ]);
    const memo = {
      weights: weightsSummary(this.state),
      fromRevision: view.fromRevision ?? null,
      toRevision: view.toRevision ?? null,
    };
    if (this.isNews('memo', JSON.stringify(memo))) upsertMemo({ ...memo, asOf: view.asOf });
  }

  private isNews(about: string, text: string): boolean {
    const isNew = this.published.get(about) !== text;
    this.published.set(about, text);
    return isNew;
  }
}
