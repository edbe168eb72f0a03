import { logEvidence, logMeanExp } from './e-process';
import type { EProcess } from './e-process';
import { logMeanOf } from './family';
import type { Voice } from './family';
import { harmOfGuardrails, missingProof } from './guardrails';
import { rate } from './rate';
import { restartedEvidence } from './restarts';
import { ALPHA_GUARDRAIL, ALPHA_HALT, ALPHA_PROCEED, MIN_REQUESTS } from './settings';
import type { JudgeState } from './state';
import { aloneIn, haltIntervals, hasNoControl, testsOf } from './tests';
import type { Tests } from './tests';
import type { Meter } from './verdict';
import { seenOfWaves } from './waves';

/** ln of the stake at which help is proven. */
export const PROCEED_LINE = Math.log(1 / ALPHA_PROCEED);

/** ln of the stake at which a halt is proven. */
export const HALT_LINE = Math.log(1 / ALPHA_HALT);

/** ln of the stake at which something is proven unharmed. */
export const UNHARMED_LINE = Math.log(1 / ALPHA_GUARDRAIL);

/** What is still missing at one informative interval, as ln: to a proceed, and to a halt. */
export type Missing = readonly [number, number];

const RECENT_INTERVALS = 6;
/** So much is missing that no more can be said than that it is far. */
const FAR = 99;

/** ln of a test's e-value; a test that is not run says nothing either way. */
export function evidenceIn(test: EProcess | undefined): number {
  return test ? logEvidence(test) : 0;
}

/** A warm-up blip cannot bury the help test: it is asked from the start and from the end of the settle time. */
export function helpEvidence({ help, helpSettled }: Tests): number {
  return logMeanExp([evidenceIn(help), evidenceIn(helpSettled)]);
}

/** What evidence is read from. */
type Weighed = Pick<JudgeState, 'settings' | 'logs' | 'guardrails' | 'totals' | 'starts'>;

/** ln of the e-value of everything that speaks for stopping: one family, one budget. */
export function haltEvidence(state: Weighed, tests: Tests): number {
  const watched = harmOfGuardrails(state);
  switch (state.settings.mode) {
    case 'compare':
      return logMeanOf([
        once(evidenceIn(tests.noHelp)),
        ...(tests.bad ? [once(logEvidence(tests.bad))] : []),
        ...watched,
      ]);
    case 'absolute':
      return withGuardrails(badEvidence(state, tests), watched);
    case 'no-harm':
      return harmFamily(state, tests);
  }
}

/** The same where only harm is asked for, whatever the mode. */
export function harmFamily(state: Weighed, tests: Tests): number {
  return withGuardrails(harmEvidence(state, tests), harmOfGuardrails(state));
}

/**
 * Beside current, harm is being clearly worse than it; alone, harm is failing the target. A watch over targets of both
 * kinds asks each its own question, with half of the stake.
 */
export function harmEvidence(state: Weighed, tests: Tests): number {
  if (isJudgedAlone(state)) return badEvidence(state, tests);
  const beside = evidenceIn(tests.harm);
  const both = state.settings.mode === 'no-harm' && aloneIn(state.settings) === 'some' && tests.bad !== undefined;
  return both ? logMeanExp([beside, badEvidence(state, tests)]) : beside;
}

/** True where nothing can be compared: no target was left a control, or current serves nobody. */
export function isJudgedAlone({ settings, totals }: Pick<Weighed, 'settings' | 'totals'>): boolean {
  return hasNoControl(settings) || totals.current.requests === 0;
}

/** Without a target nothing can speak against it. */
export function badEvidence({ settings, starts }: Weighed, { bad }: Tests): number {
  if (!bad) return -Infinity;
  return settings.mode === 'no-harm' ? restartedEvidence(bad, starts) : logEvidence(bad);
}

/** The symptom and all guardrails together, which have half of the halt's budget. */
function withGuardrails(symptom: number, watched: readonly Voice[]): number {
  return logMeanExp([symptom, watched.length === 0 ? -Infinity : logMeanOf(watched)]);
}

function once(evidence: number): Voice {
  return { evidence, weight: 1 };
}

/** What is missing after this interval, kept of the last six informative ones and the one before them. */
export function paced(pace: readonly Missing[], weighed: Weighed): readonly Missing[] {
  if (weighed.settings.mode === 'no-harm') return pace;
  const [toProceed, toHalt] = missingOf(weighed);
  const places = (value: number): number => Math.round(Math.min(FAR, value) * 10) / 10;
  return [...pace, [places(toProceed), places(toHalt)] as const].slice(-RECENT_INTERVALS - 1);
}

function missingOf(state: Weighed): Missing {
  const tests = testsOf(state);
  const symptom = proofEvidence(state, tests);
  return [
    Math.max(0, symptom === undefined ? 0 : PROCEED_LINE - symptom, missingProof(state)),
    Math.max(0, Math.min(2 * HALT_LINE, HALT_LINE - haltEvidence(state, tests))),
  ];
}

/** ln of the e-value of what a proceed has to prove of the symptom; undefined where it has to prove nothing. */
function proofEvidence({ settings }: Weighed, tests: Tests): number | undefined {
  switch (settings.mode) {
    case 'compare':
      return helpEvidence(tests);
    case 'absolute':
      return evidenceIn(tests.restored);
    case 'no-harm':
      return tests.unharmed && PROCEED_LINE - UNHARMED_LINE + evidenceIn(tests.unharmed);
  }
}

/**
 * Milliseconds until a verdict at the mean gain of the last six informative intervals: whichever comes first. Infinite
 * where they lead nowhere; undefined before there are two of them.
 */
function expectedMs(state: JudgeState): number | undefined {
  const { pace, intervals, observedMs, settings } = state;
  const [first, last] = [pace[0], pace.at(-1)];
  if (!first || !last || pace.length < 2) return undefined;
  const steps = pace.length - 1;
  const left = ([0, 1] as const).map((side) => {
    if (last[side] === 0) return 0;
    const gain = (first[side] - last[side]) / steps;
    return gain > 0 ? Math.ceil(last[side] / gain) : Infinity;
  });
  const least = Math.max(1, settings.minIntervals - intervals, requestsLeft(state));
  return Math.max(least, Math.min(...left)) * Math.round(observedMs / Math.max(1, intervals));
}

/** When a verdict is expected, in what can honestly be said; nothing before there is a pace to go by. */
export type Expectation =
  { readonly kind: 'in'; readonly ms: number } | { readonly kind: 'not-before-longest-bake' } | undefined;

/** The same held against what is left of the longest bake. */
export function expectation(state: JudgeState): Expectation {
  const ms = expectedMs(state);
  if (ms === undefined) return undefined;
  const left = state.settings.longestBakeMs - state.observedMs;
  return ms <= left ? { kind: 'in', ms } : { kind: 'not-before-longest-bake' };
}

function requestsLeft({ totals, intervals }: JudgeState): number {
  const missing = MIN_REQUESTS - totals.stable.requests;
  return missing <= 0 ? 0 : Math.ceil((missing * intervals) / Math.max(1, totals.stable.requests));
}

/** How far the evidence has come towards each answer, 0 to 1; what is furthest behind counts. */
export function meterOf(state: JudgeState): Meter {
  const { settings, intervals, settledIntervals, totals } = state;
  const tests = testsOf(state);
  const [missing] = missingOf(state);
  const within = settings.tau === undefined || settings.mode === 'no-harm' ? 1 : settings.tau / rate(totals.stable);
  const gone = evidenceIn(tests.currentOk) >= PROCEED_LINE;
  const proceed = [
    1 - missing / PROCEED_LINE,
    intervals / settings.minIntervals,
    totals.stable.requests / MIN_REQUESTS,
    within,
    ...(gone ? [0] : []),
  ];
  const halt = [haltEvidence(state, tests) / HALT_LINE, settledIntervals / haltIntervals(settings), seenOfWaves(state)];
  return { proceed: lowest(proceed), halt: lowest(halt) };
}

function lowest(parts: readonly number[]): number {
  return Math.round(100 * Math.max(0, Math.min(1, ...parts))) / 100;
}
