import { formatUtc } from '../report/time';
import { rollbackId } from '../rollback/request';
import type { RollbackRef } from '../rollback/request';
import { activeCommonCause, commonCauseText, recordAlerting } from './common-cause';
import type { EnvironmentLimits } from './policy';
import { activeBrake } from './state';
import type { Claim, EnvironmentState, HoldCode } from './state';

/** What a service or a rollback asks its environment. Asked again it is answered afresh, and changes nothing twice. */
export type EnvironmentQuestion =
  /** An alert would start a rollback of the service. */
  | { readonly kind: 'alerting'; readonly service: string; readonly title: string }
  /** A rollback would begin to move by itself. `gone`: claims whose rollbacks were found to have closed. */
  | {
      readonly kind: 'begin';
      readonly service: string;
      readonly number: number;
      readonly gone?: readonly Pick<RollbackRef, 'service' | 'number'>[];
    }
  /** A rollback has ended. */
  | { readonly kind: 'ended'; readonly service: string; readonly number: number };

/** Why a person must begin it, in words that name who or what holds it. */
export interface Hold {
  readonly code: HoldCode;
  readonly text: string;
}

/** `free`: go on as you would. `held`: not by itself. */
export type EnvironmentAnswer =
  | { readonly kind: 'free'; readonly text: string }
  | ({
      readonly kind: 'held';
      /** AUTOMATIC_LIMIT: the rollbacks that hold the places. */
      readonly by?: readonly RollbackRef[];
    } & Hold);

/** The memory after a question, and its answer. */
export interface Consulted {
  readonly state: EnvironmentState;
  readonly answer: EnvironmentAnswer;
}

/** Answers questions one after the other under the limits in force. Pure; `now` is epoch milliseconds. */
export function consultAll(
  before: EnvironmentState,
  limits: EnvironmentLimits,
  questions: readonly EnvironmentQuestion[],
  now: number,
): { readonly state: EnvironmentState; readonly answers: readonly EnvironmentAnswer[] } {
  const { automaticAtOnce, commonCause } = limits;
  let state: EnvironmentState = { ...before, limits: { automaticAtOnce, commonCause } };
  const answers: EnvironmentAnswer[] = [];
  for (const question of questions) {
    const consulted = consult(state, limits, question, now);
    state = consulted.state;
    answers.push(consulted.answer);
  }
  return { state, answers };
}

function consult(
  state: EnvironmentState,
  limits: EnvironmentLimits,
  question: EnvironmentQuestion,
  now: number,
): Consulted {
  switch (question.kind) {
    case 'alerting':
      return alerting(recordAlerting(state, question, now), now);
    case 'begin': {
      const freed = (question.gone ?? []).reduce(without, state);
      return begin(freed, limits, question, now);
    }
    case 'ended':
      return { state: without(state, question), answer: { kind: 'free', text: 'its place is free' } };
  }
}

/** Only what stops every alert stops it here; whether it may go by itself is asked when it would begin to move. */
function alerting(state: EnvironmentState, now: number): Consulted {
  const brake = activeBrake(state, now);
  if (brake?.to === 'off') return held(state, 'AUTOMATION_OFF', brakeText(state, now));
  if (activeCommonCause(state, now)) return held(state, 'COMMON_CAUSE', commonCauseText(state, now));
  return { state, answer: { kind: 'free', text: 'nothing holds it' } };
}

/**
 * One that may not begin does not wait for a place: a person is asked, so that somebody sees it, and the answer does
 * not change under their hands. A place is held until its rollback has ended, also while that one waits for somebody:
 * it is half-way, and so are the people who look after it.
 */
function begin(
  state: EnvironmentState,
  limits: EnvironmentLimits,
  asking: Pick<Claim, 'service' | 'number'>,
  now: number,
): Consulted {
  const others = state.claims.filter((claim) => !isSame(claim, asking));
  const released = { ...state, claims: others };
  const brake = activeBrake(state, now);
  if (brake) {
    return held(released, brake.to === 'off' ? 'AUTOMATION_OFF' : 'AUTOMATION_ASK', brakeText(state, now));
  }
  if (activeCommonCause(state, now)) return held(released, 'COMMON_CAUSE', commonCauseText(state, now));
  if (others.length >= limits.automaticAtOnce) {
    const by = others.map(({ service, number }) => ({ environment: state.environment, service, number }));
    const most = `at most ${limits.automaticAtOnce} automatic rollbacks of ${state.environment} may be under way`;
    const names = by.length > 0 ? `; there are ${by.map(rollbackId).join(', ')}` : '';
    return {
      state: released,
      answer: { kind: 'held', code: 'AUTOMATIC_LIMIT', text: `${most}${names}`, by },
    };
  }
  const before = state.claims.find((claim) => isSame(claim, asking));
  const claim = before ?? { service: asking.service, number: asking.number, at: now };
  const text = `automation is on, ${others.length + 1} of ${limits.automaticAtOnce} automatic rollbacks of ${state.environment} under way`;
  return { state: { ...state, claims: [...others, claim] }, answer: { kind: 'free', text } };
}

function held(state: EnvironmentState, code: HoldCode, text: string): Consulted {
  return { state, answer: { kind: 'held', code, text } };
}

/** Who has switched automation how, until when and why. */
export function brakeText(state: EnvironmentState, now: number): string {
  const brake = activeBrake(state, now);
  if (!brake) return `automation in ${state.environment} is on`;
  return `${brake.by} has set automation in ${state.environment} to ${brake.to} until ${formatUtc(brake.until)}: ${brake.reason}`;
}

function without(state: EnvironmentState, gone: Pick<Claim, 'service' | 'number'>): EnvironmentState {
  return { ...state, claims: state.claims.filter((claim) => !isSame(claim, gone)) };
}

function isSame(one: Pick<Claim, 'service' | 'number'>, other: Pick<Claim, 'service' | 'number'>): boolean {
  return one.service === other.service && one.number === other.number;
}
