import { areCoupled, DROWNING, hasEased } from './coupled';
import { commonRatio, stableFailsMore } from './like-with-like';
import { fromRows } from './count-log';
import { guardrailWithoutData, onGoodData, quiet, withoutData } from './data';
import {
  badEvidence,
  evidenceIn,
  haltEvidence,
  HALT_LINE,
  harmEvidence,
  harmFamily,
  helpEvidence,
  isJudgedAlone,
  PROCEED_LINE,
  UNHARMED_LINE,
} from './evidence';
import { guardrailAboveThreshold, loudestGuardrail, unprovenGuardrails } from './guardrails';
import { sumOf } from './increments';
import { harmMargin, MIN_REQUESTS } from './settings';
import { isSlowAlike } from './slow-alike';
import type { JudgeState } from './state';
import { haltIntervals, hasNoControl, testsOf } from './tests';
import type { Verdict } from './verdict';
import { verdictOf } from './verdict-of';
import { rate } from './rate';
import type { Answer } from './verdict-of';
import { mayProveCoupled } from './waves';

const WORSE_RATIO = 1.25;
const BREAKER_ERRORS = 20;

/** The verdict on everything seen so far. Pure; asked as often as one likes without costing anything in certainty. */
export function judge(state: JudgeState): Verdict {
  return verdictOf(state, decide(state));
}

/** The same without its numbers and words, which cost more than it does. */
export function decide(state: JudgeState): Answer {
  return (
    brokenCircuit(state) ??
    aboveThreshold(state) ??
    withoutData(state) ??
    quiet(state) ??
    onGoodData(state, byMode(state)) ??
    guardrailWithoutData(state) ??
    runOut(state)
  );
}

/** A halt when harm is proven, whatever the mode; the question asked while nothing moves and during a soak. */
export function watchHarm(state: JudgeState): Verdict | undefined {
  const answer = brokenCircuit(state) ?? aboveThreshold(state) ?? harmed(state);
  return answer && answer.decision === 'halt' ? verdictOf(state, answer) : undefined;
}

function byMode(state: JudgeState): Answer | undefined {
  switch (state.settings.mode) {
    case 'compare':
      return compare(state);
    case 'absolute':
      return absolute(state);
    case 'no-harm':
      return harmed(state) ?? harmless(state);
  }
}

function compare(state: JudgeState): Answer | undefined {
  const { settings } = state;
  const tests = testsOf(state);
  const halting = haltEvidence(state, tests);
  if (halting >= HALT_LINE && state.settledIntervals >= haltIntervals(settings)) {
    return (
      newProblem(state, Math.max(evidenceIn(tests.noHelp), badEvidence(state, tests))) ??
      haltReason(state, helpEvidence(tests) >= PROCEED_LINE)
    );
  }
  const enough = state.intervals >= settings.minIntervals && state.totals.stable.requests >= MIN_REQUESTS;
  const gone = evidenceIn(tests.currentOk) >= PROCEED_LINE;
  const proven = enough && helpEvidence(tests) >= PROCEED_LINE && unprovenGuardrails(state).length === 0;
  if (proven && withinTarget(state) && !gone) return { decision: 'proceed', reason: 'HELPING' };
  if (enough && gone && halting < 0) return { decision: 'hold', reason: 'SYMPTOM_GONE', escalate: true };
  return enough && isSlowAlike(state, tests) ? { decision: 'hold', reason: 'NOT_HELPING', escalate: true } : undefined;
}

/** Where a guardrail speaks louder for stopping than the symptom does, it is the one to name. */
function newProblem(state: JudgeState, symptom: number): Answer | undefined {
  const loudest = loudestGuardrail(state);
  if (loudest === undefined || loudest.evidence <= symptom) return undefined;
  return { decision: 'halt', reason: 'NEW_PROBLEM', guardrail: loudest.name };
}

function withinTarget({ settings, totals }: JudgeState): boolean {
  return settings.tau === undefined || (rate(totals.stable) <= settings.tau && rate(totals.current) > settings.tau);
}

/** The stop is proven by then; only its name is chosen here, and after few seconds chance alone makes one look worse. */
function haltReason(state: JudgeState, isHelping: boolean): Answer | undefined {
  if (areCoupled(state)) return coupled(state);
  const ratio = commonRatio(state);
  if (ratio > WORSE_RATIO && stableFailsMore(state)) return { decision: 'halt', reason: 'WORSE' };
  // Clearly better, but not good: as long as that is only an estimate, the next samples may say otherwise.
  if (ratio <= DROWNING) return isHelping ? { decision: 'hold', reason: 'PARTIAL', escalate: true } : undefined;
  if (mayProveCoupled(state)) return undefined;
  if (hasEased(state)) return coupled(state);
  return { decision: 'halt', reason: state.settings.phaseIndex === 0 ? 'NOT_HELPING' : 'PERSISTS' };
}

function coupled(state: JudgeState): Answer {
  return state.settings.onCoupled === 'ask'
    ? { decision: 'hold', reason: 'COUPLED', escalate: true }
    : { decision: 'proceed', reason: 'COUPLED' };
}

/** Without a control cohort only the target can tell, and the objectives of guardrails. */
function absolute(state: JudgeState): Answer | undefined {
  const { settings, totals } = state;
  const tests = testsOf(state);
  if (haltEvidence(state, tests) >= HALT_LINE && state.settledIntervals >= haltIntervals(settings))
    return newProblem(state, badEvidence(state, tests)) ?? { decision: 'halt', reason: 'PERSISTS' };
  const enough = state.intervals >= settings.minIntervals && totals.stable.requests >= MIN_REQUESTS;
  const proven = enough && evidenceIn(tests.restored) >= PROCEED_LINE && unprovenGuardrails(state).length === 0;
  return proven ? { decision: 'proceed', reason: 'RESTORED' } : undefined;
}

function harmed(state: JudgeState): Answer | undefined {
  if (state.settledIntervals < haltIntervals(state.settings)) return undefined;
  const tests = testsOf(state);
  if (harmFamily(state, tests) < HALT_LINE) return undefined;
  const other = newProblem(state, harmEvidence(state, tests));
  if (other) return other;
  // Of targets of both kinds that kind stops it which speaks louder.
  const alone = isJudgedAlone(state) || badEvidence(state, tests) > evidenceIn(tests.harm);
  if (!alone && areCoupled(state)) return undefined;
  return { decision: 'halt', reason: alone ? 'NEW_PROBLEM' : 'WORSE' };
}

function harmless(state: JudgeState): Answer | undefined {
  const { settings, totals } = state;
  const enough = state.settledIntervals >= settings.minIntervals && totals.stable.requests >= MIN_REQUESTS;
  const seen = enough && unprovenGuardrails(state).length === 0;
  return seen && isUnharmed(state) ? { decision: 'proceed', reason: 'NO_HARM' } : undefined;
}

/**
 * What going on needs where help is not asked: the proof that a guardrail needs, or as little where the policy asks for
 * little. Alone, only a target can tell; without one, and where a verdict is merely renewed, that nothing speaks for harm.
 */
function isUnharmed({ settings, totals, ...state }: JudgeState): boolean {
  const tests = testsOf({ settings, logs: state.logs });
  const quiet = evidenceIn(tests.harm) <= 0;
  if (settings.renews) return quiet;
  if (tests.restored) return evidenceIn(tests.restored) >= PROCEED_LINE;
  if (!tests.unharmed) return quiet;
  if (evidenceIn(tests.unharmed) >= UNHARMED_LINE) return true;
  const { rho, delta } = harmMargin(settings.margins?.harm);
  const within = rate(totals.stable) <= rho * rate(totals.current) + delta;
  return settings.guardProof === 'best-effort' && quiet && within;
}

/** Outside statistics: stable fails half of what it gets, and more than current. Works inside the settle time too. */
function brokenCircuit(state: JudgeState): Answer | undefined {
  if (state.recent.length < 2) return undefined;
  const { stable, current: beside } = sumOf(fromRows(state.recent));
  // What still drains where nothing should be served is no control.
  const current = hasNoControl(state.settings) ? { requests: 0, bad: 0 } : beside;
  if (stable.bad < BREAKER_ERRORS || rate(stable) < DROWNING || rate(stable) < rate(current)) return undefined;
  return rate(current) > DROWNING ? coupled(state) : { decision: 'halt', reason: 'WORSE' };
}

/** Outside statistics as well: what a person has named as too much, seen again and again. */
function aboveThreshold(state: JudgeState): Answer | undefined {
  const guardrail = guardrailAboveThreshold(state);
  return guardrail === undefined ? undefined : { decision: 'halt', reason: 'NEW_PROBLEM', guardrail };
}

function runOut(state: JudgeState): Answer {
  const { settings, totals } = state;
  if (state.observedMs < settings.longestBakeMs) return { decision: 'hold', reason: 'NOT_ENOUGH_EVIDENCE' };
  if (totals.stable.requests >= MIN_REQUESTS) return { decision: 'hold', reason: 'LONGEST_BAKE', escalate: true };
  const tests = testsOf(state);
  const harmless = evidenceIn(tests.harm) <= 0 && evidenceIn(tests.bad) <= 0;
  const mayAdvance = settings.onThinEvidence === 'advance' && settings.probesPass && harmless;
  return mayAdvance ? { decision: 'proceed', reason: 'THIN' } : { decision: 'hold', reason: 'THIN', escalate: true };
}
