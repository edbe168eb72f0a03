import { logEvidence } from './e-process';
import {
  badEvidence,
  evidenceIn,
  expectedMs,
  haltEvidence,
  harmFamily,
  HALT_LINE,
  harmEvidence,
  helpEvidence,
  meterOf,
  PROCEED_LINE,
} from './evidence';
import {
  guardrailAboveThreshold,
  loudestGuardrail,
  silentGuardrail,
  testsOfGuardrail,
  unprovenGuardrails,
} from './guardrails';
import { ratioInterval } from './interval';
import { phrase } from './phrasing';
import { MIN_REQUESTS } from './settings';
import type { JudgeState } from './state';
import { haltIntervals, testsOf } from './tests';
import type { CohortCounts, Decision, Verdict, VerdictReason } from './verdict';

const WORSE_RATIO = 1.25;
const ONE_SIDED_5_PERCENT = 1.645;
const DROWNING = 0.5;
const BREAKER_ERRORS = 20;
const CORRELATION = 0.7;
const CORRELATION_INTERVALS = 8;
const ONE_IN_A_THOUSAND = 3.09;
const CORRELATION_ERRORS = 5;

type Answer = {
  readonly decision: Decision;
  readonly reason: VerdictReason;
  readonly escalate?: boolean;
  readonly guardrail?: string;
};

/** The verdict on everything seen so far. Pure; asked as often as one likes without costing anything in certainty. */
export function judge(state: JudgeState): Verdict {
  return verdictOf(
    state,
    brokenCircuit(state) ??
      aboveThreshold(state) ??
      withoutData(state) ??
      quiet(state) ??
      byMode(state) ??
      guardrailWithoutData(state) ??
      runOut(state),
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
    return newProblem(state, Math.max(evidenceIn(tests.noHelp), badEvidence(tests))) ?? haltReason(state);
  }
  const enough = state.intervals >= settings.minIntervals && state.totals.stable.requests >= MIN_REQUESTS;
  const gone = evidenceIn(tests.currentOk) >= PROCEED_LINE;
  const proven = enough && helpEvidence(tests) >= PROCEED_LINE && unprovenGuardrails(state).length === 0;
  if (proven && withinTarget(state) && !gone) return { decision: 'proceed', reason: 'HELPING' };
  if (enough && gone && halting < 0) return { decision: 'hold', reason: 'SYMPTOM_GONE', escalate: true };
  return undefined;
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
function haltReason(state: JudgeState): Answer {
  if (areCoupled(state)) return coupled(state);
  const ratio = rate(state.totals.stable) / Math.max(rate(state.totals.current), Number.EPSILON);
  if (ratio > WORSE_RATIO && failsMore(state.totals)) return { decision: 'halt', reason: 'WORSE' };
  if (ratio <= DROWNING) return { decision: 'hold', reason: 'PARTIAL', escalate: true };
  return { decision: 'halt', reason: state.settings.phaseIndex === 0 ? 'NOT_HELPING' : 'PERSISTS' };
}

/** Whether stable's higher ratio is more than chance: the score test of two proportions, one-sided at 5 %. */
function failsMore({ stable, current }: JudgeState['totals']): boolean {
  const pooled = (stable.bad + current.bad) / (stable.requests + current.requests);
  const variance = pooled * (1 - pooled) * (1 / stable.requests + 1 / current.requests);
  return rate(stable) - rate(current) > ONE_SIDED_5_PERCENT * Math.sqrt(variance);
}

function coupled(state: JudgeState): Answer {
  return state.settings.onCoupled === 'widen'
    ? { decision: 'proceed', reason: 'COUPLED' }
    : { decision: 'hold', reason: 'COUPLED', escalate: true };
}

/** Both drown, or both rise and fall together: a small share cannot show help when a shared resource is the cause. */
function areCoupled({ totals, together }: JudgeState): boolean {
  if (rate(totals.stable) > DROWNING && rate(totals.current) > DROWNING) return true;
  const { n, s, c, ss, cc, sc } = together;
  if (n < CORRELATION_INTERVALS || Math.min(totals.stable.bad, totals.current.bad) < CORRELATION_ERRORS) return false;
  const spread = Math.sqrt((n * ss - s * s) * (n * cc - c * c));
  return spread > 0 && (n * sc - s * c) / spread > Math.max(CORRELATION, correlationByChance(n));
}

/** Fisher's z: independent rates of n intervals correlate more strongly than this once in a thousand times. */
function correlationByChance(n: number): number {
  return Math.tanh(ONE_IN_A_THOUSAND / Math.sqrt(n - 3));
}

/** Without a control cohort only the target can tell, and the objectives of guardrails. */
function absolute(state: JudgeState): Answer | undefined {
  const { settings, totals } = state;
  const tests = testsOf(state);
  if (haltEvidence(state, tests) >= HALT_LINE && state.settledIntervals >= haltIntervals(settings))
    return newProblem(state, badEvidence(tests)) ?? { decision: 'halt', reason: 'PERSISTS' };
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
  const alone = state.totals.current.requests === 0;
  if (!alone && areCoupled(state)) return undefined;
  return { decision: 'halt', reason: alone ? 'NEW_PROBLEM' : 'WORSE' };
}

function harmless(state: JudgeState): Answer | undefined {
  const { settings, totals } = state;
  const enough = state.settledIntervals >= settings.minIntervals && totals.stable.requests >= MIN_REQUESTS;
  const seen = enough && unprovenGuardrails(state).length === 0;
  return seen && evidenceIn(testsOf(state).harm) <= 0 ? { decision: 'proceed', reason: 'NO_HARM' } : undefined;
}

/** Outside statistics: stable fails half of what it gets, and more than current. Works inside the settle time too. */
function brokenCircuit(state: JudgeState): Answer | undefined {
  if (state.recent.length < 2) return undefined;
  const total = (cohort: 'stable' | 'current'): CohortCounts => ({
    requests: state.recent.reduce((sum, entry) => sum + entry[cohort].requests, 0),
    bad: state.recent.reduce((sum, entry) => sum + entry[cohort].bad, 0),
  });
  const [stable, current] = [total('stable'), total('current')];
  if (stable.bad < BREAKER_ERRORS || rate(stable) < DROWNING || rate(stable) < rate(current)) return undefined;
  return rate(current) > DROWNING ? coupled(state) : { decision: 'halt', reason: 'WORSE' };
}

/** Outside statistics as well: what a person has named as too much, seen again and again. */
function aboveThreshold(state: JudgeState): Answer | undefined {
  const guardrail = guardrailAboveThreshold(state);
  return guardrail === undefined ? undefined : { decision: 'halt', reason: 'NEW_PROBLEM', guardrail };
}

function withoutData(state: JudgeState): Answer | undefined {
  const sinceMs = state.lastAt - (state.lastPairAt ?? state.settings.startedAt);
  return sinceMs >= state.settings.noDataMs ? { decision: 'hold', reason: 'NO_DATA', escalate: true } : undefined;
}

/** A guardrail that shows nothing cannot be proven unharmed; what is proven meanwhile by others still counts. */
function guardrailWithoutData(state: JudgeState): Answer | undefined {
  const guardrail = silentGuardrail(state);
  return guardrail === undefined ? undefined : { decision: 'hold', reason: 'NO_DATA', escalate: true, guardrail };
}

/** Counters that do not move. A service that was idle all along needs no judging; one that fell silent needs a person. */
function quiet(state: JudgeState): Answer | undefined {
  const { settings, totals, lastAt } = state;
  if (state.flatSince !== undefined && lastAt - state.flatSince >= settings.quietMs) {
    const isIdle = !settings.trafficSeen && totals.stable.requests + totals.current.requests === 0;
    if (isIdle) return { decision: 'proceed', reason: 'NOTHING_TO_JUDGE' };
    return { decision: 'hold', reason: 'NO_TRAFFIC', escalate: true };
  }
  const asked = Object.values(settings.weights).some((weight) => weight > 0);
  const waited = state.observedMs >= settings.quietMs;
  if (asked && waited && totals.stable.requests === 0 && totals.current.requests >= MIN_REQUESTS) {
    return { decision: 'hold', reason: 'SPLIT_MISMATCH', escalate: true };
  }
  return undefined;
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

function rate({ requests, bad }: CohortCounts): number {
  return requests > 0 ? bad / requests : 0;
}

function verdictOf(state: JudgeState, answer: Answer): Verdict {
  const { totals, settings, observedMs } = state;
  const ends = answer.decision !== 'hold' || answer.escalate === true;
  const interval = ends ? ratioInterval(state) : undefined;
  const expected = ends ? undefined : expectedMs(state);
  const etaMs = expected !== undefined && expected <= settings.longestBakeMs - observedMs ? expected : undefined;
  const facts = {
    decision: answer.decision,
    reason: answer.reason,
    escalate: answer.escalate ?? false,
    ...(answer.guardrail === undefined ? {} : { guardrail: answer.guardrail }),
    current: totals.current,
    stable: totals.stable,
    ...(totals.current.bad > 0 && totals.stable.requests > 0
      ? { ratio: rate(totals.stable) / rate(totals.current) }
      : {}),
    ...(interval === undefined ? {} : { ratioInterval: interval }),
    meter: meterOf(state),
    evidence: evidenceOf(state),
    observedMs,
    ...(etaMs === undefined ? {} : { etaMs }),
    at: state.lastAt,
  };
  return { ...facts, text: phrase(state, facts) };
}

function evidenceOf(state: JudgeState): Readonly<Record<string, number>> {
  const ofGuardrails = Object.entries(state.guardrails).flatMap(([name, guardrail]) =>
    Object.entries(testsOfGuardrail(guardrail) ?? {}).map(([test, stake]) => [`${name}.${test}`, stake] as const),
  );
  return Object.fromEntries(
    [...Object.entries(testsOf(state)), ...ofGuardrails].map(([name, test]) => [
      name,
      Math.round(logEvidence(test) * 100) / 100,
    ]),
  );
}
