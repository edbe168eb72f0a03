import { carriedTauOf } from '../judge/tau';
import { isSilence } from '../judge/want-of-data';
import type { Verdict } from '../judge/verdict';
import type { Observation, RunEvent } from './event';
import { note, withSamples, withTraffic } from './journal';
import { withHelp } from './helped';
import { WATCH_PHASE } from './progress';
import { LATE_LOOKS_SINCE, stillAsked, withCensus, withLateCensus, withoutEvidence } from './readings';
import { withPhase } from './record-effects';
import type { PhaseProgress, RunState } from './state';
import { supersededTarget, withSuperseded } from './superseded';
import { openWait } from './waits';
import { widenedToHalf } from './widen';

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** Records a bake's segment: its counts always, its verdict as the gate to the next phase, its doubts as a wait. */
export function recordBaked(before: RunState, event: EventOf<'baked'>): RunState {
  const observed = withObservation(before, event.observation, event.phase);
  const state = { ...observed, carriedBets: event.observation.bets ?? before.carriedBets };
  const { verdict } = event;
  if (!verdict) return state;
  const noted = note(state, {
    kind: 'verdict',
    text: verdict.text,
    phase: event.phase,
    verdict,
    reason: verdict.reason,
  });
  switch (verdict.decision) {
    case 'proceed':
      return proceed(noted, event.phase, verdict);
    case 'halt':
      return stop(withPhase(noted, event.phase, { verdict }), 'HALT', verdict, event.phase);
    case 'hold':
      return stop(withPhase(noted, event.phase, { verdict }), 'HOLD', verdict, event.phase);
  }
}

/** A verdict that renews an old one changes nothing but its freshness. */
function proceed(state: RunState, index: number, verdict: Verdict): RunState {
  const fresh = { ...state, watchedAt: state.now };
  if (state.phases[index]?.passedBy !== undefined) return fresh;
  const carriedTau = state.plan?.phases[index]?.noControl ? undefined : carriedTauOf(verdict.current);
  const passed = withPhase(fresh, index, { verdict, passedBy: passedBy(verdict) });
  return {
    ...withoutEvidence(verdict.reason === 'COUPLED' ? widenedToHalf(passed, index) : withHelp(passed, index, verdict)),
    bakeExtensions: 0,
    ...(carriedTau === undefined ? {} : { carriedTau, carriedBounds: verdict.bounds }),
  };
}

function passedBy(verdict: Verdict): NonNullable<PhaseProgress['passedBy']> {
  switch (verdict.reason) {
    case 'NOTHING_TO_JUDGE':
    case 'THIN':
    case 'COUPLED':
      return 'exception';
    case 'HELPING':
    case 'RESTORED':
    case 'NO_HARM':
    case 'WORSE':
    case 'NOT_HELPING':
    case 'PERSISTS':
    case 'NEW_PROBLEM':
    case 'NOT_ENOUGH_EVIDENCE':
    case 'PARTIAL':
    case 'SYMPTOM_GONE':
    case 'NO_DATA':
    case 'DATA_POOR':
    case 'NO_TRAFFIC':
    case 'SPLIT_MISMATCH':
    case 'LONGEST_BAKE':
    case 'DRIFT':
    case 'NOT_CONVERGED':
      return 'verdict';
  }
}

/** A decision that a newer word has overtaken is kept in the journal and opens nothing. */
function stop(
  state: RunState,
  reason: 'HALT' | 'HOLD' | 'HARM_WHILE_WAITING',
  verdict: Verdict,
  phase?: number,
): RunState {
  if (state.course !== 'forward') return state;
  // What looks like drift may be somebody else's deployment, which is another question.
  if (verdict.reason === 'DRIFT' && supersededTarget(state)) return withSuperseded(state);
  return openWait(state, { reason, text: verdict.text, phase, verdict: verdict.reason });
}

/** The rules from which on a soak that is held because nothing is shown goes on once it is. */
const SOAK_GOES_ON_SINCE = 3;

/** Records a stretch of watching or soaking. Harm turns whatever it was into a halt. */
export function recordWatched(
  before: RunState,
  event: EventOf<'watched'> | EventOf<'soaked'>,
  soaking: boolean,
): RunState {
  const observed = withObservation(before, event.observation, bakeOf(event) ?? WATCH_PHASE);
  const soakedMs = soaking ? observed.soakedMs + event.observation.observedMs : observed.soakedMs;
  const state = { ...observed, soakedMs };
  if (!event.harm) return soaking ? noteSoak(state, event.observation) : resumed(state, event);
  const noted = note(state, { kind: 'verdict', text: event.harm.text, verdict: event.harm, reason: event.harm.reason });
  const goesOn = soaking && state.rules >= SOAK_GOES_ON_SINCE && isSilence(event.harm.reason);
  const asked = goesOn ? noted : withoutEvidence(noted);
  const reason = event.harm.decision === 'halt' ? 'HARM_WHILE_WAITING' : 'HOLD';
  return state.course === 'abort' || state.course === 'unwind'
    ? noted
    : openWait(asked, { reason, text: event.harm.text, verdict: event.harm.reason });
}

function bakeOf(event: EventOf<'watched'> | EventOf<'soaked'>): number | undefined {
  return event.kind === 'watched' ? event.phase : undefined;
}

/** The question is over once the data are back, whoever is still reading it; what was held goes on with what it had. */
function resumed(state: RunState, event: EventOf<'watched'> | EventOf<'soaked'>): RunState {
  const isOnItsWay = state.course === 'forward' || state.course === 'now';
  const isAnswered = isOnItsWay && event.kind === 'watched' && event.dataAreBack === true;
  if (!isAnswered || !state.open?.mends || state.open.phase !== event.phase) return state;
  return note({ ...state, open: undefined }, { kind: 'wait', text: DATA_ARE_BACK, phase: event.phase });
}

/** What people are told, once, when it goes on by itself. */
export const DATA_ARE_BACK = 'data are back, watching on with the same evidence';

function noteSoak(state: RunState, { soakNote }: Observation): RunState {
  const soakMs = state.policy?.timing.soakMs ?? 0;
  if (state.soakedMs < soakMs) return state;
  const text = `soaked ${Math.round(state.soakedMs / 1000)} s without new harm`;
  return note(state, { kind: 'soaked', text: soakNote === undefined ? text : `${text}; ${soakNote}` });
}

/** Records what an interrupted observation had seen: it may come after effects and looks that were begun since. */
export function recordCollected(state: RunState, event: EventOf<'collected'>): RunState {
  const { observation, interruptedIn, phase = WATCH_PHASE } = event;
  const rest = { ...stillAsked(state, observation, interruptedIn), readings: {} };
  if (state.rules >= LATE_LOOKS_SINCE)
    return withObservation(withLateCensus(state, observation.readings, interruptedIn), rest, phase);
  // Where targets are being put back, what it read before is no longer what they serve.
  return withObservation(state, state.course === 'unwind' ? rest : observation, phase);
}

function withObservation(state: RunState, observation: Observation, phase: number): RunState {
  const read = withTraffic(withCensus(state, observation.readings), observation.traffic);
  const seen = withSamples(read, observation.samples ?? [], phase);
  const watched = observation.traffic.length > 0 ? { ...seen, watchedAt: state.now } : seen;
  const passed = phase !== WATCH_PHASE && state.phases[phase]?.passedBy !== undefined;
  const { judge, standing } = observation;
  return judge && !passed ? { ...watched, judge, judgePhase: phase, standing } : watched;
}
