import { fromRows } from './count-log';
import { helpEvidence, PROCEED_LINE, UNHARMED_LINE } from './evidence';
import { mainBound } from './bounds';
import { CLASSES_UNTOLD } from './classes';
import { guardrailText } from './guardrail-text';
import { blindText, heldAgainstText } from './held-against';
import { unprovenGuardrails } from './guardrails';
import { sumOf } from './increments';
import { grouped, percent } from './numbers';
import { rate } from './rate';
import { ALPHA_PROCEED, harmMargin, helpMargin } from './settings';
import type { JudgeState } from './state';
import { SYMPTOM_WORDS } from './symptom-words';
import type { SymptomWords } from './symptom-words';
import { testsOf } from './tests';
import type { Verdict, VerdictReason } from './verdict';
import { counted, seconds, times } from './words';

type Facts = Omit<Verdict, 'text'>;

/** What a verdict says to people: facts, the four counts, what would change the answer, and what they may do. */
export function phrase(state: JudgeState, facts: Facts): string {
  const { names } = state.settings;
  const stable = `${names.stable} ${counted(wentWrong(state), facts.stable)}`;
  const current = `${names.current} ${counted(wentWrong(state), facts.current)}`;
  const both = facts.current.requests > 0 ? `${stable}, ${current}` : stable;
  return `${both}: ${SAYS[facts.reason](state, facts)}${apartNote(facts)}${ending(state, facts)}`;
}

type Settled = Pick<JudgeState, 'settings'>;

function wentWrong(state: Settled): string {
  const { buckets, boundSeconds } = state.settings;
  const bound = buckets?.bounds ? buckets.bounds[mainBound(buckets.bounds)] : boundSeconds;
  return bound === undefined ? wordsOf(state).did : `was slower than ${bound} s in`;
}

function wordsOf({ settings: { buckets, symptom } }: Settled): SymptomWords {
  return SYMPTOM_WORDS[buckets ? 'latency' : (symptom ?? 'errors')];
}

function ending({ settings }: JudgeState, { decision, observedMs }: Facts): string {
  switch (decision) {
    case 'proceed':
      return `; decided after ${seconds(observedMs)}`;
    case 'halt':
      return `; stopped here${sharesText(settings)}, nothing was undone: unwind puts back what was moved, approve goes on all the same; decided after ${seconds(observedMs)}`;
    case 'hold':
      return '';
  }
}

const MOST_NAMED = 3;

function sharesText({ weights, moved }: JudgeState['settings']): string {
  const shares = moved ?? Object.entries(weights).map(([target, weight]) => `${Math.round(weight)} % of ${target}`);
  if (shares.length === 0) return '';
  const rest = shares.length - MOST_NAMED;
  return ` at ${shares.slice(0, MOST_NAMED).join(', ')}${rest > 0 ? ` and the shares of ${rest} more` : ''}`;
}

/** The sentence of each reason. */
const SAYS: Readonly<Record<VerdictReason, (state: JudgeState, facts: Facts) => string>> = {
  HELPING: (state, facts) =>
    `it helps${ratioText(facts)}${certaintyText(facts)}; needed at most ${helpMargin(state.settings.margins)} times as often, ${targetText(state)}${burstNote(state)}${widenedNote(state)}`,
  RESTORED: (state) =>
    `restored, ${targetText(state)}; there was no control, so only the target could tell${heldAgainstText(state)}${beforeText(state)}${burstNote(state)}`,
  NO_HARM: (state, facts) => `${harmlessText(state, facts)}; whether it helps was not asked${heldAgainstText(state)}`,
  NOTHING_TO_JUDGE: ({ settings }) =>
    `no traffic on either revision for ${seconds(settings.quietMs)}; moved on without judging`,
  WORSE: (state, facts) =>
    `${state.settings.names.stable} ${wordsOf(state).failsMore}${ratioText(facts)}; it may not fit data or neighbours that have changed since; ${CLASSES_UNTOLD}`,
  NOT_HELPING: (state, facts) => (facts.decision === 'hold' ? slowAlikeText(state) : notHelpingText(state, facts)),
  PERSISTS: (state, facts) =>
    `the ${wordsOf(state).failures} persist on ${state.settings.names.stable}${ratioText(facts)}, ${targetText(state)}`,
  NEW_PROBLEM: (state, { guardrail }) =>
    guardrail === undefined
      ? `${state.settings.names.stable} ${wordsOf(state).fails} now, ${targetText(state)}`
      : `${helpedText(state)}${guardrailText(guardrail, state.guardrails[guardrail], state.settings.names)}`,
  NOT_ENOUGH_EVIDENCE: (state, facts) =>
    `not enough evidence yet${unheardText(facts)}${failuresText(state, facts)}${unprovenText(state)}${etaText(state, facts)}`,
  PARTIAL: (state, facts) =>
    `clearly better${ratioText(facts)}, but still not good, ${targetText(state)}; approve takes more users to the better of the two, unwind gives it up`,
  SYMPTOM_GONE: (state) =>
    `${state.settings.names.current} is healthy now, ${targetText(state)}: nothing is left to fix, or this is the wrong metric${beforeText(state)}; approve goes on all the same, abort ends it here`,
  NO_DATA: (state, { guardrail, target }) =>
    `no usable metrics${of(guardrail)}${from(target)} for ${seconds(state.settings.noDataMs)}; missing data never counts as good; ${mendingText(state, 'once they are back')}`,
  DATA_POOR: (state, { escalate }) =>
    `more than half of the looks of the last ${seconds(state.settings.noDataMs)} brought nothing, so nothing goes on by them${escalate ? `; ${mendingText(state, 'once more of them do')}` : ''}`,
  NO_TRAFFIC: (state) =>
    `counters stand still for ${seconds(state.settings.quietMs)} though there was traffic: nobody gets through, or the metrics are frozen; silence never counts as good; ${mendingText(state, 'once they move')}`,
  SPLIT_MISMATCH: splitText,
  THIN: ({ settings }, { decision }) =>
    `too little traffic to prove anything within ${seconds(settings.longestBakeMs)}; ${decision === 'proceed' ? 'moved on unproven, as the policy says: checks pass and nothing leans towards harm' : 'approve goes on unproven, retry begins to watch anew'}`,
  COUPLED: (state, { decision }) =>
    `both revisions ${wordsOf(state).fail} together, so a small share cannot show whether going back helps; something they share is probably the cause${beforeText(state)}; ${decision === 'proceed' ? `goes on to ${state.settings.onCoupled === 'half' ? 'exactly half' : 'the next phase'}, once, as the policy says, unproven` : 'approve goes on unproven, unwind gives it up'}`,
  LONGEST_BAKE: (state, facts) =>
    `no verdict within ${seconds(state.settings.longestBakeMs)}${ratioText(facts)}${failuresText(state, facts)}${unprovenText(state)}${blindText(state)}${heldAgainstText(state)}${beforeText(state)}; retry watches on with the same evidence, approve goes on unproven`,
  DRIFT: () => 'someone else changed the weights; retry watches on, abort leaves it to them',
  NOT_CONVERGED: () => 'the weights were not seen to take effect; retry looks again',
};

const ONE_IN = Math.round(1 / ALPHA_PROCEED);

function certaintyText(facts: Facts): string {
  if (ratioText(facts) === '') return '';
  const { low = 0, high } = facts.ratioInterval ?? {};
  const what = low > 0 && high !== undefined ? 'each end is' : 'which is';
  return ` (${what} wrong in at most 1 of ${ONE_IN} such phases, however often one looks)`;
}

function helpedText(state: JudgeState): string {
  return state.settings.mode === 'compare' && helpEvidence(testsOf(state)) >= PROCEED_LINE
    ? `it helps against the ${wordsOf(state).failures}, but `
    : '';
}

function notHelpingText(state: JudgeState, facts: Facts): string {
  return `moving traffic did not halve the ${wordsOf(state).failures}${ratioText(facts)}, so the cause is probably not this release`;
}

/** What a halt would take is a target: nobody has said what is normal. */
function slowAlikeText({ settings }: JudgeState): string {
  const { bounds = [] } = settings.buckets ?? {};
  return `both are slow alike: moving traffic did not halve what is slower than ${bounds.slice(0, -1).join(' s or ')} s, and beyond ${bounds.at(-1) ?? 0} s too few are left to tell; nothing says what is normal, which a bound or an objective of the metric in the policy would; unwind gives it up, approve goes on unproven`;
}

function harmlessText(state: JudgeState, { evidence }: Facts): string {
  const { rho, delta } = harmMargin(state.settings.margins?.harm);
  const isProven = (test: string, line: number): boolean => (evidence[test] ?? -Infinity) >= line;
  if (isProven('unharmed', UNHARMED_LINE))
    return `proven ${wordsOf(state).toFail} at most ${rho} times as often and ${percent(delta)} more`;
  return isProven('restored', PROCEED_LINE)
    ? `no harm: proven to keep the ${targetText(state)}${blindText(state)}`
    : `no harm seen${blindText(state)}`;
}

/** Counts of all targets together may point the other way than each target does, where their shares differ. */
function apartNote({ ratioInterval, current, stable }: Facts): string {
  if (ratioInterval === undefined || current.bad === 0) return '';
  const { low, high = Infinity } = ratioInterval;
  const together = rate(stable) / rate(current);
  return together < low || together > high ? '; held against each other target by target, for the targets differ' : '';
}

function of(guardrail: string | undefined): string {
  return guardrail === undefined ? '' : ` of ${guardrail}`;
}

function from(target: string | undefined): string {
  return target === undefined ? '' : ` from ${target}`;
}

function unheardText({ target }: Facts): string {
  return target === undefined ? '' : `: no metrics of ${target}`;
}

function splitText(state: JudgeState, { target }: Facts): string {
  const { settings, unserved } = state;
  const { stable } = settings.names;
  const what =
    target === undefined || unserved
      ? `${stable} has a weight but gets no requests`
      : `${target} should give ${stable} ${settings.split?.[target] ?? 0} % of its requests, and gives it more than a fifth more or less${givenText(state, target)}`;
  return `${what}: the split does not do what the target says, or old connections still drain; ${mendingText(state, 'once it does')}`;
}

function givenText({ log }: JudgeState, target: string): string {
  const { stable, current } = sumOf(fromRows(log.after[target] ?? []));
  const all = stable.requests + current.requests;
  return all === 0 ? '' : `, ${percent(stable.requests / all)} so far`;
}

/** A bake that only lacks data goes on by itself; a soak or a renewed look waits for a person. */
function mendingText({ settings }: JudgeState, once: string): string {
  const onward = settings.renews ? 'retry watches on' : `goes on by itself ${once}, with the same evidence`;
  return `${onward}; approve goes on unproven`;
}

/** How many failures of current a proof of help takes if stable has none. */
function failuresText(state: JudgeState, { meter }: Facts): string {
  const { settings, totals } = state;
  const { stable, current } = totals;
  if (settings.mode !== 'compare' || stable.requests === 0 || current.requests === 0) return '';
  if (meter && meter.halt > meter.proceed)
    return `; it leans towards a halt (${percent(meter.halt)} of what that needs)`;
  const perFailure = Math.log(1 + (helpMargin(settings.margins) * stable.requests) / current.requests);
  const needed = Math.ceil((settings.phi * (PROCEED_LINE + 1)) / perFailure);
  return `; ${grouped(current.bad)} ${wordsOf(state).failures} on ${settings.names.current} so far, about ${grouped(needed)} are needed where ${settings.names.stable} has none`;
}

function unprovenText(state: JudgeState): string {
  const unproven = unprovenGuardrails(state);
  return unproven.length === 0 ? '' : `; not yet proven unharmed: ${unproven.join(', ')}`;
}

/** What counts as restored, and who says so. */
export function targetText(state: Settled): string {
  const { settings } = state;
  if (settings.tau === undefined) return 'target unknown';
  return `target at most ${percent(settings.tau)} (${SOURCE[settings.tauSource](state)})`;
}

const SOURCE: Readonly<Record<JudgeState['settings']['tauSource'], (state: Settled) => string>> = {
  objective: () => 'the objective',
  history: () => 'twice what was normal',
  'last-controlled-phase': (state) =>
    `0.7 times what ${state.settings.names.current} ${wordsOf(state).had} in the last phase that had it for a control, as nothing says what is normal`,
  none: () => 'none',
};

/** Before and after are not like with like: shown, and never what decides. */
function beforeText(state: JudgeState): string {
  const { before, settings } = state;
  if (!before || before.requests === 0) return '';
  return `; before this phase ${settings.names.current} ${counted(wentWrong(state), before)}, which decides nothing, as time changes more than a revision does`;
}

function burstNote({ settings }: JudgeState): string {
  if (settings.burst) return '; bursts as the policy says';
  return settings.historyKnown ? '' : '; no history of bursts was known';
}

function widenedNote(state: JudgeState): string {
  return state.settings.widened ? `; widened because both failed together${beforeText(state)}` : '';
}

function etaText(state: JudgeState, { etaMs, stable, current }: Facts): string {
  if (etaMs === undefined)
    return state.pace.length < 2 ? '' : '; at this rate no verdict is expected before the longest bake';
  const told = `; at this rate about ${seconds(etaMs)} more`;
  const part = stable.requests / Math.max(1, stable.requests + current.requests);
  const half = state.settings.mode === 'compare' ? (etaMs * costOf(0.5, state)) / costOf(part, state) : etaMs;
  return part > 0 && half < USEFUL * etaMs ? `${told}, at a share of half about ${seconds(half)}` : told;
}

const USEFUL = 0.7;

/** What a proof of help costs in requests at a share, up to a factor: failures of current over the part it serves. */
function costOf(part: number, { settings }: JudgeState): number {
  const left = 1 - part;
  return 1 / Math.log(1 + (helpMargin(settings.margins) * part) / left) / left;
}

/** How often stable fails for each failure of current, as far as the counts bound it at every look. */
function ratioText({ ratioInterval }: Facts): string {
  if (ratioInterval === undefined) return '';
  const { low, high } = ratioInterval;
  if (high === undefined) return low === 0 ? '' : `: at least ${times(low)} times as often`;
  return low === 0 ? `: at most ${times(high)} times as often` : `: ${times(low)} to ${times(high)} times as often`;
}
