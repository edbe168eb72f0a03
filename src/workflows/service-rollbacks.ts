import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { ExternalWorkflowHandle } from '@temporalio/workflow';
import { rollbackCommandSignal, slotsSignal } from '../contracts/definitions';
import type { RunLiveness } from '../contracts/activities';
import { rollbackServiceKey } from '../contracts/search-attributes';
import { TASK_QUEUE } from '../contracts/task-queues';
import { rollbackId } from '../domain/rollback/request';
import type { RollbackRef, RollbackRequest } from '../domain/rollback/request';
import { startedRollback, takenNumber } from '../domain/service/accounting';
import { alertsAfter, recordOutcome, terminated } from '../domain/service/ending';
import type { Ended } from '../domain/service/ending';
import { slotRecordOf } from '../domain/service/slots';
import { noteStuck } from '../domain/service/stuck';
import type { Decision, NowWord } from '../domain/service/start';
import type { rollback } from './rollback';
import type { Arrived } from './arrived';
import type { ServiceDoor } from './service-door';

const PASS_ON_AGAIN_MS = 1_000;

/** How a message reaches a run. */
type PassOn = (run: ExternalWorkflowHandle) => Promise<void>;

/** Does what was decided; where the world had moved on (run gone, number taken), decides again. */
export async function carryOut<D extends Decision>(
  door: ServiceDoor,
  decide: () => Promise<D>,
  passOn: PassOn,
): Promise<D> {
  for (;;) {
    const decision = await decide();
    if (decision.kind === 'refused') return decision;
    const done =
      decision.kind === 'start' ? await start(door, decision.request) : await forward(door, decision.ref, passOn);
    if (done) return decision;
  }
}

async function start(door: ServiceDoor, request: RollbackRequest): Promise<boolean> {
  door.stopObserving();
  try {
    await startChild<typeof rollback>('rollback', {
      workflowId: rollbackId(request),
      args: [{ request }],
      taskQueue: TASK_QUEUE,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      typedSearchAttributes: [{ key: rollbackServiceKey, value: `${request.environment}/${request.service}` }],
    });
    door.state = startedRollback(door.state, request, Date.now());
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const running = closedHow(await door.liveness(request)) === undefined;
    door.state = takenNumber(door.state, request, running, Date.now());
    return false;
  }
}

async function forward(door: ServiceDoor, ref: RollbackRef, passOn: PassOn): Promise<boolean> {
  try {
    await passOn(runOf(ref));
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the live run could not be reached', { rollback: rollbackId(ref), error: String(error) });
    await checkLive(door);
    if (door.state.live) await sleep(PASS_ON_AGAIN_MS);
    return false;
  }
}

/** Frees the service when the live run has closed. A run's last word is in the queue before the run closes. */
export async function checkLive(door: ServiceDoor): Promise<void> {
  const { live } = door.state;
  if (!live) return;
  const said = door.takeEnded(live);
  if (said) return end(door, said);
  const liveness = await door.liveness(live);
  const how = closedHow(liveness);
  if (how === undefined) return liveness && noteLife(door, liveness);
  const lost = terminated(live, how, Date.now());
  const late = door.takeEnded(live);
  end(door, late ?? lost);
  if (late) return;
  door.tell({
    level: 'page',
    subject: `lost/${live.number}`,
    title: `${rollbackId(live)} was lost`,
    text: lost.end.text,
  });
}

/** How a run has closed, or undefined while it runs; when that could not be learned it counts as running. */
function closedHow(liveness: RunLiveness | undefined): string | undefined {
  if (!liveness || liveness.kind === 'running') return undefined;
  return liveness.kind === 'closed' ? liveness.how : liveness.kind;
}

function noteLife(door: ServiceDoor, liveness: RunLiveness): void {
  const why = liveness.kind === 'running' ? liveness.stuck : undefined;
  const { state, news } = noteStuck(door.state, why, Date.now());
  door.state = state;
  if (news) door.tell(news);
}

/** Records an end and brings what it did not cover to the front of the queue. */
export function end(door: ServiceDoor, ended: Ended): void {
  const at = Date.now();
  const { live } = door.state;
  if (live?.number === ended.ref.number && live.automatic) door.freePlace(live);
  const again = alertsAfter(door.state, ended);
  door.state = recordOutcome(door.state, ended);
  const items = again.map((entry, index): Arrived => ({
    kind: 'again',
    id: `again/${ended.ref.number}/${index}`,
    again: entry,
    at,
  }));
  door.queue.unshift(...items);
}

/** Whoever reads targets goes by the newest word on their slots: the look that is under way, and a live run. */
export async function tellSlots(door: ServiceDoor): Promise<void> {
  door.observeAfresh();
  const { live } = door.state;
  const slots = slotRecordOf(door.state);
  if (!live || !slots) return;
  try {
    await runOf(live).signal(slotsSignal, slots);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // It has closed: whatever comes after it begins with the record as it is.
    log.warn('the live run could not be told of its slots', { rollback: rollbackId(live), error: String(error) });
  }
}

/** Says `now` to a run. */
export function tell(run: ExternalWorkflowHandle, word: NowWord): Promise<void> {
  return run.signal(rollbackCommandSignal, word);
}

function runOf(ref: RollbackRef): ExternalWorkflowHandle {
  return getExternalWorkflowHandle(rollbackId(ref));
}
