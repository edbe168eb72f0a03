import type { Cause } from '../alert/alert';
import type { Pace, ServicePolicy } from '../policy/policy';
import { rollbackId } from '../rollback/request';
import { ACCEPTING_NEEDS_A_REASON } from '../rollback/command';
import type { RollbackRef, RollbackRequest, Trigger } from '../rollback/request';
import { quarantineOf } from './gate';
import { modeInForce } from './mode';
import type { ServiceRefusalCode } from './outcome';
import { slotRecordOf } from './slots';
import type { PolicySlice, ServiceState } from './state';

/** What follows from a message that wants a rollback. */
export type Decision<Code extends string = ServiceRefusalCode> =
  | { readonly kind: 'start'; readonly request: RollbackRequest }
  | { readonly kind: 'forward'; readonly ref: RollbackRef }
  | {
      readonly kind: 'refused';
      readonly code: Code;
      readonly text: string;
      /** Set when people must be woken: what to tell them. */
      readonly page?: string;
    };

/** What every word of a person to a service has. */
interface Said {
  readonly id: string;
  readonly by: string;
  readonly at: number;
  readonly reason?: string;
}

/** A person begins a rollback by hand. */
export interface StartWord extends Said {
  readonly kind: 'start';
  readonly fromRevision?: string;
  readonly toRevision?: string;
  readonly cause?: Cause;
  readonly pace?: Pace;
  readonly extent?: Readonly<Record<string, string>>;
}

/** A person wants everything back at once, whether or not a rollback is live. */
export interface NowWord extends Said {
  readonly kind: 'now';
  readonly cold?: boolean;
  readonly acceptIrreversible?: boolean;
}

/** A start by hand: refused while one is live, without a valid policy, or toward a revision that must not serve. */
export function admitStart(state: ServiceState, word: StartWord, slice: PolicySlice, now: number): Decision {
  if (state.live)
    return refused('ROLLBACK_LIVE', `${rollbackId(state.live)} is live; command that one, or abort it first`);
  const { fromRevision, toRevision } = word;
  if (toRevision !== undefined && toRevision === fromRevision) {
    return refused('SAME_REVISION', `${toRevision} is both the suspect and where to go back to`);
  }
  const quarantine = toRevision === undefined ? undefined : quarantineOf(state, toRevision);
  if (quarantine) return refused('QUARANTINED', `${quarantine.revision} is quarantined: ${quarantine.because}`);
  if (!slice.ok) return refused('POLICY_INVALID', slice.error);
  const { cause, pace, extent } = word;
  const wishes = { ...defined({ pace, fromRevision, toRevision, extent }), course: 'forward' as const };
  return startBy(state, word, slice.policy, now, { ...wishes, cause: cause ?? 'other' });
}

/** `now` goes to the live run; without one it starts one that skips gates and verdicts. */
export function admitNow(state: ServiceState, word: NowWord, slice: PolicySlice, now: number): Decision {
  if (state.live) return { kind: 'forward', ref: refOf(state.live) };
  if (!slice.ok) return refused('POLICY_INVALID', slice.error);
  if (word.acceptIrreversible && !word.reason) return refused('REASON_MISSING', ACCEPTING_NEEDS_A_REASON);
  const despite = { ...(word.cold && { cold: true }), ...(word.acceptIrreversible && { acceptIrreversible: true }) };
  return startBy(state, word, slice.policy, now, { cause: 'other', course: 'now', ...despite });
}

/** The parts of a request that its trigger decides. */
export type RequestPart = Pick<RollbackRequest, 'trigger' | 'mode' | 'cause' | 'course'> &
  Partial<Pick<RollbackRequest, 'pace' | 'fromRevision' | 'toRevision' | 'extent' | 'cold' | 'acceptIrreversible'>>;

/** A request under the next number, with a snapshot of what the run needs to know. */
export function requestFor(state: ServiceState, part: RequestPart): RollbackRequest {
  return {
    ...refOf({ ...state, number: state.nextNumber }),
    ...part,
    ...defined({ slots: slotRecordOf(state) }),
    releases: state.releases,
    quarantined: state.quarantined,
    alertedAt: state.alertedAt,
  };
}

/** What a dry run asks on behalf of nobody in particular: as a start by hand would, under the number that is next. */
export function previewRequest(
  state: ServiceState,
  wishes: Pick<StartWord, 'fromRevision' | 'toRevision' | 'cause' | 'pace' | 'extent'>,
  now: number,
): RollbackRequest {
  const { cause = 'errors', pace, fromRevision, toRevision, extent } = wishes;
  const trigger: Trigger = { kind: 'person', by: 'preview', reason: 'a dry run', at: now };
  const part = { ...defined({ pace, fromRevision, toRevision, extent }), trigger, cause };
  return requestFor(state, { ...part, mode: 'observe', course: 'forward' });
}

/** The identity alone. */
export function refOf(ref: RollbackRef): RollbackRef {
  return { environment: ref.environment, service: ref.service, number: ref.number };
}

function startBy(
  state: ServiceState,
  word: Said,
  policy: ServicePolicy,
  now: number,
  part: Omit<RequestPart, 'trigger' | 'mode'>,
): Decision {
  const trigger: Trigger = { kind: 'person', by: word.by, reason: word.reason ?? '', at: word.at };
  // What people begin themselves may move things even where automation may only look; every later gate still asks.
  const mode = modeInForce(state.mode, policy.mode, now) === 'auto' ? 'auto' : 'ask';
  return { kind: 'start', request: requestFor(state, { ...part, trigger, mode }) };
}

function refused(code: ServiceRefusalCode, text: string): Decision {
  return { kind: 'refused', code, text };
}

/** Without the keys that were not given, so that a request is the same JSON everywhere. */
function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
