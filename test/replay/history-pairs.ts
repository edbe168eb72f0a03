import { judgeReadiness } from '../../src/domain/readiness';
import type { CheckResult } from '../../src/domain/readiness';

interface StoredEvent {
  readonly eventId?: string;
  readonly activityTaskScheduledEventAttributes?: { readonly activityType?: { readonly name?: string } };
  readonly activityTaskCompletedEventAttributes?: { readonly scheduledEventId?: string; readonly result?: Payloads };
  readonly activityTaskCancelRequestedEventAttributes?: { readonly scheduledEventId?: string };
  readonly activityTaskFailedEventAttributes?: { readonly scheduledEventId?: string };
  readonly activityTaskCanceledEventAttributes?: { readonly scheduledEventId?: string };
  readonly activityTaskTimedOutEventAttributes?: { readonly scheduledEventId?: string };
  readonly workflowExecutionContinuedAsNewEventAttributes?: object;
  readonly timerFiredEventAttributes?: object;
  readonly markerRecordedEventAttributes?: { readonly details?: { readonly 'patch-data'?: Payloads } };
}

interface Payloads {
  readonly payloads?: readonly { readonly data?: string }[];
}

/** The rules that a run began under by the mark in its history; the first have none. */
export function rulesOf(history: unknown): number {
  const events = ((history as { events?: unknown }).events ?? []) as readonly StoredEvent[];
  const marks = events.map(
    (event) => event.markerRecordedEventAttributes?.details?.['patch-data']?.payloads?.[0]?.data,
  );
  const ids = marks.flatMap((data) => (data === undefined ? [] : Buffer.from(data, 'base64').toString()));
  return Math.max(1, ...ids.map((id) => Number(/rules-(\d+)/.exec(id)?.[1] ?? 1)));
}

/** Every (move, outcome) pair that a history contains, read from what its activities answered. */
export function pairsOf(history: unknown): ReadonlySet<string> {
  // The proto JSON is wider than what is read here.
  const events = ((history as { events?: unknown }).events ?? []) as readonly StoredEvent[];
  const scheduled = new Map(
    events.map((event) => [event.eventId, event.activityTaskScheduledEventAttributes?.activityType?.name]),
  );
  return new Set([...events.flatMap((event) => pairOf(event, scheduled)), ...latePairs(events, scheduled)]);
}

/** Looks that were interrupted, and answered after a shift that came to its end in between. */
function latePairs(
  events: readonly StoredEvent[],
  scheduled: ReadonlyMap<string | undefined, string | undefined>,
): readonly string[] {
  const overtaken = new Map<string | undefined, boolean>();
  return events.flatMap((event) => {
    const asked = event.activityTaskCancelRequestedEventAttributes?.scheduledEventId;
    if (asked !== undefined) overtaken.set(asked, false);
    const ended = event.activityTaskCompletedEventAttributes?.scheduledEventId;
    if (scheduled.get(ended) === 'shift') for (const look of overtaken.keys()) overtaken.set(look, true);
    return overtaken.get(ended) ? [`${scheduled.get(ended)}/late`] : [];
  });
}

function pairOf(event: StoredEvent, scheduled: ReadonlyMap<string | undefined, string | undefined>): readonly string[] {
  if (event.workflowExecutionContinuedAsNewEventAttributes) return ['run/continuedAsNew'];
  if (event.timerFiredEventAttributes) return ['wait/deadlinePassed'];
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) {
    const activity = scheduled.get(completed.scheduledEventId);
    return [`${activity}/${answerOf(activity, completed.result)}`];
  }
  const failed = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
  if (failed) return [`${scheduled.get(failed.scheduledEventId)}/failed`];
  const cancelled = event.activityTaskCanceledEventAttributes;
  return cancelled ? [`${scheduled.get(cancelled.scheduledEventId)}/cancelled`] : [];
}

/** The word that tells one answer of an activity from another. */
function answerOf(activity: string | undefined, result: Payloads | undefined): string {
  const data = result?.payloads?.[0]?.data;
  const answer = (data === undefined ? {} : JSON.parse(Buffer.from(data, 'base64').toString())) as Readonly<
    Record<string, unknown>
  >;
  switch (activity) {
    case 'assess':
      return memberOf(answer.assessment, 'kind') ?? 'unreadable answer';
    case 'plan':
    case 'askEnvironment':
      return memberOf(answer, 'kind') ?? 'unreadable answer';
    case 'check':
      return judgeReadiness(answer.results as readonly CheckResult[]).kind;
    case 'prepare':
    case 'shift':
    case 'unwind':
      return memberOf(answer, 'outcome') ?? 'unreadable answer';
    case 'bake':
      if (memberOf(answer.verdict, 'reason') === 'COUPLED' && memberOf(answer.verdict, 'decision') === 'proceed')
        return 'widened';
      return memberOf(answer.verdict, 'decision') ?? 'more';
    case 'watch':
      if (answer.dataAreBack === true) return 'dataAreBack';
      return answer.harm === undefined ? 'quiet' : 'harm';
    case 'awaitCapacity':
      return answer.ready === true ? 'ready' : 'short';
    case 'readBack':
      return Array.isArray(answer.unreadable) && answer.unreadable.length > 0 ? 'unreadable' : 'read';
    case 'report':
    case 'notify':
    case 'sendOutcome':
      return 'done';
    case undefined:
    default:
      throw new Error(`a history holds an activity that is not known here: ${activity}`);
  }
}

function memberOf(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const member = (value as Readonly<Record<string, unknown>>)[key];
  return typeof member === 'string' ? member : undefined;
}
