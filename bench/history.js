/** What a rollback's history tells of its cost, and of where its time went. */

function atOf(event) {
  return Number(event.eventTime?.seconds ?? 0) * 1_000 + (event.eventTime?.nanos ?? 0) / 1_000_000;
}

const ENDS = ['Completed', 'Failed', 'TimedOut', 'Canceled'].map((how) => `activityTask${how}EventAttributes`);

/** Every activity with its times: asked for, begun, ended. */
function activitiesOf(history) {
  const found = new Map();
  for (const event of history.events ?? []) {
    const asked = event.activityTaskScheduledEventAttributes;
    if (asked) {
      const { seconds = 0, nanos = 0 } = asked.heartbeatTimeout ?? {};
      const heartbeatMs = Number(seconds) * 1_000 + nanos / 1_000_000;
      found.set(String(event.eventId), {
        name: asked.activityType.name,
        askedAt: atOf(event),
        heartbeatMs,
        attempts: 1,
      });
    }
    const begun = event.activityTaskStartedEventAttributes;
    const started = begun && found.get(String(begun.scheduledEventId));
    if (started) Object.assign(started, { begunAt: atOf(event), attempts: begun.attempt ?? 1 });
    const ended = ENDS.map((name) => event[name]).find(Boolean);
    const finished = ended && found.get(String(ended.scheduledEventId));
    if (finished) finished.endedAt = atOf(event);
  }
  return [...found.values()];
}

/**
 * Where the time went until `endAt`, in milliseconds: on the way to a worker, in each kind of activity, and in between,
 * which is workflow tasks. Activities that run beside others count once, for the one that began first.
 */
function whereTimeWent(history, endAt) {
  const startAt = atOf(history.events[0]);
  const parts = { 'workflow tasks between': 0, 'waiting for a worker': 0 };
  let cursor = startAt;
  const add = (name, from, to) => {
    const spent = Math.min(to, endAt) - Math.max(from, cursor);
    if (spent <= 0) return;
    parts[name] = (parts[name] ?? 0) + spent;
    cursor = Math.min(to, endAt);
  };
  for (const { name, askedAt, begunAt = askedAt, endedAt = endAt } of activitiesOf(history)) {
    add('workflow tasks between', cursor, askedAt);
    add('waiting for a worker', askedAt, begunAt);
    add(name, begunAt, endedAt);
  }
  add('workflow tasks between', cursor, endAt);
  return Object.fromEntries(Object.entries(parts).map(([name, ms]) => [name, Math.round(ms)]));
}

/** From the end of each bake to the beginning of the next: what a phase costs besides its bake. */
function betweenBakes(history) {
  const bakes = activitiesOf(history).filter(({ name, begunAt, endedAt }) => name === 'bake' && begunAt && endedAt);
  return bakes.slice(1).map((bake, index) => bake.begunAt - bakes[index].endedAt);
}

/** One action each, by Temporal Cloud's price list; a start by a parent, like this one, is two. */
const BILLED = {
  workflowExecutionStartedEventAttributes: 2,
  timerStartedEventAttributes: 1,
  workflowExecutionSignaledEventAttributes: 1,
  signalExternalWorkflowExecutionInitiatedEventAttributes: 1,
  upsertWorkflowSearchAttributesEventAttributes: 1,
  workflowPropertiesModifiedEventAttributes: 1,
  workflowExecutionContinuedAsNewEventAttributes: 1,
};

/** What a history is billed for, with the heartbeats that reached the server at one per `throttleMs`, which no history has. */
function actionsOf(history, throttleMs) {
  let recorded = 0;
  for (const event of history.events ?? [])
    for (const [kind, actions] of Object.entries(BILLED)) if (event[kind]) recorded += actions;
  const activities = activitiesOf(history);
  for (const { attempts } of activities) recorded += attempts;
  const heartbeats = activities.reduce((sum, { begunAt, endedAt, heartbeatMs }) => {
    if (!begunAt || !endedAt || heartbeatMs === 0) return sum;
    return sum + Math.floor((endedAt - begunAt) / Math.min(throttleMs, heartbeatMs * 0.8)) + 1;
  }, 0);
  return { recorded, heartbeats };
}

module.exports = { actionsOf, activitiesOf, betweenBakes, whereTimeWent };
