import { condition, continueAsNew, patched, workflowInfo } from '@temporalio/workflow';
import { alertSignal } from '../contracts/definitions';
import { admitAlert, arrivalOf, underEnvironment } from '../domain/alert/admission';
import type { AlertArrival } from '../domain/alert/admission';
import type { Alert } from '../domain/alert/alert';
import type { EnvironmentAnswer } from '../domain/environment/consult';
import { countAlert, outcomeFor } from '../domain/service/accounting';
import { cameBack, withCameBack } from '../domain/service/came-back';
import { driftsAfter, withDrift } from '../domain/service/drift';
import { seeCensus } from '../domain/service/releases';
import { admitNow, admitStart } from '../domain/service/start';
import type { Decision, NowWord, StartWord } from '../domain/service/start';
import { sameSlots } from '../domain/service/slots';
import { outcomeOf, withOutcome } from '../domain/service/state';
import { troublesAfter, withTrouble } from '../domain/service/troubles-after';
import { hear } from '../domain/service/word';
import type { ServiceWord } from '../domain/service/word';
import type { Arrived } from './arrived';
import { consult, silence } from './consult';
import { ServiceDoor } from './service-door';
import type { ServiceInput } from './service-door';
import { carryOut, checkLive, end, tell, tellSlots } from './service-rollbacks';

export type { ServiceInput } from './service-door';

/** Messages that may be carried into the next run; more are handled first, because an input has a size limit. */
const CARRIED_MESSAGES = 200;
/** Longer than any sender keeps trying to hand over one delivery. */
const REDELIVERY_MS = 300_000;

/** The door and the memory of a service: one message after the other, never waiting for a rollback. */
export async function service(input: ServiceInput): Promise<never> {
  const door = new ServiceDoor(input);
  door.listen();
  let handled = 0;
  const full = (): boolean =>
    workflowInfo().continueAsNewSuggested || handled >= (input.continueAfterMessages ?? Infinity);
  const carriable = (): boolean => door.queue.length <= CARRIED_MESSAGES;
  for (;;) {
    door.forgetInvalidPolicy();
    await checkLive(door);
    if (!door.state.live) await door.policy();
    await admitDeferred(door);
    while (door.queue.length > 0 && !(full() && carriable())) {
      const next = door.queue.shift();
      if (next) await handle(door, next);
      handled += 1;
    }
    if (full()) await door.settle();
    if (full() && carriable()) {
      return continueAsNew<typeof service>({ ...input, carried: door.state, pending: door.queue });
    }
    if (door.shouldObserve()) door.observe();
    await somethingToDo(door);
  }
}

/** A message, the end of a look at the targets or at the live run, or, where nobody looks, the next tick. */
async function somethingToDo(door: ServiceDoor): Promise<void> {
  const { live } = door.state;
  if (!live) door.monitor.end();
  else if (patched('monitors-live-runs')) door.monitor.begin(live, door.everyMs);
  const looks = (): boolean => (live ? door.monitor.isUnderWay : door.observing);
  const quiet = looks() && door.state.deferred.length === 0;
  const wake = (): boolean => door.queue.length > 0 || door.shouldObserve() || (quiet && !looks());
  await (quiet ? condition(wake) : condition(wake, door.everyMs));
}

async function handle(door: ServiceDoor, arrived: Arrived): Promise<void> {
  switch (arrived.kind) {
    case 'alert': {
      const { deliveryId, alert } = arrived.message;
      const before = outcomeOf(door.state, deliveryId);
      if (before && arrived.at - before.at < REDELIVERY_MS) return;
      // The same bytes long after are the source's repeat of what still fires, not the same delivery once more.
      const id = before ? `${deliveryId}@${arrived.at}` : deliveryId;
      await admit(door, id, alert, { arrivedAt: arrivalOf(alert, arrived.at) });
      return;
    }
    case 'again':
      return admit(door, arrived.id, arrived.again.alert, { standing: arrived.again.standing }, 0);
    case 'command':
      if (!outcomeOf(door.state, arrived.command.id)) await obey(door, arrived.command);
      return;
    case 'ended':
      return end(door, arrived.ended);
    case 'seen':
      return see(door, arrived);
  }
}

function see(door: ServiceDoor, { census, troubles = [], at }: Extract<Arrived, { kind: 'seen' }>): void {
  const watchedMs = door.lastGood?.timing.watchAfterMs;
  const back = cameBack(door.state, census, at, watchedMs);
  const drifts = driftsAfter(door.state, census, at, watchedMs);
  const troubled = troublesAfter(door.state, troubles, at, watchedMs);
  door.state = seeCensus(door.state, census, at);
  if (back && patched('tells-what-comes-back')) {
    door.state = withCameBack(door.state, back, at);
    door.tell({ level: 'page', subject: `came-back/${back.number}`, title: back.title, text: back.text });
  }
  const hasDrifted = drifts.length > 0 || troubled.length > 0;
  if (hasDrifted && patched('tells-drift')) {
    for (const drift of drifts) door.state = withDrift(door.state, drift, at);
    for (const trouble of troubled) door.state = withTrouble(door.state, trouble, at);
    for (const { news } of [...drifts, ...troubled]) if (news) door.tell(news);
  }
}

async function admit(
  door: ServiceDoor,
  id: string,
  alert: Alert,
  arrival: AlertArrival,
  deliveries: 0 | 1 = 1,
): Promise<void> {
  const admission = await carryOut(
    door,
    async () => {
      const slice = await door.policy();
      const admission = admitAlert(door.state, alert, slice, Date.now(), arrival);
      return admission.kind === 'start' ? underEnvironment(admission, await alerting(alert)) : admission;
    },
    (run) => run.signal(alertSignal, { deliveryId: id, alert }),
  );
  const now = Date.now();
  door.state = withOutcome(
    countAlert(door.state, alert, admission, now, deliveries),
    outcomeFor(id, 'alert', admission, now),
  );
  if (admission.kind === 'refused' && admission.page)
    door.tell({ level: 'page', subject: id, title: admission.page, text: admission.text });
}

/** Tells the environment of an alert that would start something, and hears what holds it. */
function alerting({ environment, service, title }: Alert): Promise<EnvironmentAnswer> {
  return consult.askEnvironment({ environment, question: { kind: 'alerting', service, title } }).catch(silence);
}

/** Alerts that met an invalid policy come again, as long as they are fresh. */
async function admitDeferred(door: ServiceDoor): Promise<void> {
  if (door.state.deferred.length === 0 || !(await door.policy()).ok) return;
  const { deferred } = door.state;
  door.state = { ...door.state, deferred: [] };
  for (const alert of deferred) await admit(door, `deferred/${alert.fingerprint}/${Date.now()}`, alert, {}, 0);
}

async function obey(door: ServiceDoor, word: ServiceWord): Promise<void> {
  if (word.kind !== 'start' && word.kind !== 'now') {
    const before = door.state;
    const heard = hear(before, word, Date.now());
    door.state = withOutcome(heard.state, heard.outcome);
    if (!sameSlots(before, door.state)) await tellSlots(door);
    return;
  }
  const decision = await carryOut(
    door,
    () => decideWord(door, word),
    (run) => (word.kind === 'now' ? tell(run, word) : Promise.resolve()),
  );
  door.state = withOutcome(door.state, outcomeFor(word.id, word.kind, decision, Date.now()));
}

/** With a run live its policy is not asked for: `now` must not wait for a file. */
async function decideWord(door: ServiceDoor, word: StartWord | NowWord): Promise<Decision> {
  const slice = door.state.live ? door.knownPolicy : await door.policy();
  return word.kind === 'start'
    ? admitStart(door.state, word, slice, Date.now())
    : admitNow(door.state, word, slice, Date.now());
}
