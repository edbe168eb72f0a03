import { mainBound } from './bounds';
import { guardrailText } from './guardrail-text';
import { unprovenGuardrails } from './guardrails';
import { grouped, percent } from './numbers';
import { helpMargin } from './settings';
import type { JudgeState } from './state';
import type { CohortCounts, Verdict } from './verdict';

/** What a verdict says to people: facts, the four counts, and what would change the answer. */
export function phrase(state: JudgeState, verdict: Omit<Verdict, 'text'>): string {
  const { names, buckets } = state.settings;
  const what = buckets?.bounds ? `was slower than ${buckets.bounds[mainBound(buckets.bounds)] ?? 0} s in` : 'failed';
  const stable = `${names.stable} ${seen(what, verdict.stable)}`;
  const current = `${names.current} ${seen(what, verdict.current)}`;
  const both = verdict.current.requests > 0 ? `${stable}, ${current}` : stable;
  return `${both}: ${conclusion(state, verdict)}`;
}

function conclusion(state: JudgeState, verdict: Omit<Verdict, 'text'>): string {
  const { settings } = state;
  const after = `decided after ${Math.round(verdict.observedMs / 1000)} s`;
  const target = targetText(state);
  switch (verdict.reason) {
    case 'HELPING':
      return `it helps${ratioText(verdict)}; needed at most ${helpMargin(settings.margins)} times as often, ${target}; ${after}${historyNote(state)}`;
    case 'RESTORED':
      return `restored, ${target}; there was no control cohort; ${after}`;
    case 'NO_HARM':
      return `no harm seen; whether it helps was not asked; ${after}`;
    case 'NOTHING_TO_JUDGE':
      return `no traffic on either revision for ${seconds(settings.quietMs)}; moved on without judging`;
    case 'WORSE':
      return `the old revision fails more${ratioText(verdict)}; it may not fit what has changed since; ${after}`;
    case 'NOT_HELPING':
      return `moving traffic did not halve the failures${ratioText(verdict)}, so the cause is probably not this release; nothing was undone; ${after}`;
    case 'PERSISTS':
      return `the failures persist on the old revision, ${target}; ${after}`;
    case 'NEW_PROBLEM':
      if (verdict.guardrail !== undefined)
        return `${guardrailText(verdict.guardrail, state.guardrails[verdict.guardrail], settings.names)}; ${after}`;
      return `the old revision now fails, ${target}; ${after}`;
    case 'NOT_ENOUGH_EVIDENCE':
      return `not enough evidence yet${unprovenText(state)}${etaText(state, verdict)}`;
    case 'PARTIAL':
      return `clearly better, but still not good, ${target}; going on or stopping is for a person to say`;
    case 'SYMPTOM_GONE':
      return `${settings.names.current} is healthy again, ${target}: nothing left to fix, or the wrong metric`;
    case 'NO_DATA':
      return `no usable metrics${verdict.guardrail === undefined ? '' : ` of ${verdict.guardrail}`} for ${seconds(settings.noDataMs)}; missing data never counts as good`;
    case 'DATA_POOR':
      return 'more than half of the samples are missing';
    case 'NO_TRAFFIC':
      return `counters stand still for ${seconds(settings.quietMs)} though there was traffic: nobody gets through, or the metrics are frozen; silence never counts as good`;
    case 'SPLIT_MISMATCH':
      return `${settings.names.stable} has a weight but gets no requests: the split does not do what the target says`;
    case 'THIN':
      return `too little traffic to prove anything within ${seconds(settings.longestBakeMs)}; ${verdict.decision === 'proceed' ? 'moved on unproven, as the policy says' : 'a person must say'}`;
    case 'COUPLED':
      return 'both revisions fail together, so a small share cannot show whether going back helps; something they share is probably the cause';
    case 'LONGEST_BAKE':
      return `no verdict within ${seconds(settings.longestBakeMs)}; retry watches on with the same evidence`;
    case 'DRIFT':
      return 'someone else changed the weights';
    case 'NOT_CONVERGED':
      return 'the weights were not seen to take effect';
  }
}

function unprovenText(state: JudgeState): string {
  const unproven = unprovenGuardrails(state);
  return unproven.length === 0 ? '' : `; not yet proven unharmed: ${unproven.join(', ')}`;
}

function seen(what: string, { requests, bad }: CohortCounts): string {
  if (requests === 0) return 'had no requests';
  return `${what} ${grouped(bad)} of ${grouped(requests)} (${percent(bad / requests)})`;
}

function targetText({ settings }: JudgeState): string {
  if (settings.tau === undefined) return 'target unknown';
  return `target at most ${percent(settings.tau)} (${SOURCE[settings.tauSource]})`;
}

const SOURCE: Readonly<Record<JudgeState['settings']['tauSource'], string>> = {
  objective: 'the objective',
  history: 'twice what was normal',
  'last-controlled-phase': 'from the last phase with a control cohort',
  none: 'none',
};

function historyNote({ settings }: JudgeState): string {
  return settings.historyKnown ? '' : '; no history of bursts was known';
}

function etaText(state: JudgeState, verdict: Omit<Verdict, 'text'>): string {
  if (verdict.etaMs !== undefined) return `; at this rate about ${seconds(verdict.etaMs)} more`;
  return state.pace.length < 2 ? '' : '; at this rate no verdict is expected before the longest bake';
}

/** How often stable fails for each failure of current, as far as the counts bound it at every look. */
function ratioText({ ratioInterval }: Omit<Verdict, 'text'>): string {
  if (ratioInterval === undefined) return '';
  const { low, high } = ratioInterval;
  if (high === undefined) return low === 0 ? '' : `: at least ${times(low)} times as often`;
  return low === 0 ? `: at most ${times(high)} times as often` : `: ${times(low)} to ${times(high)} times as often`;
}

function times(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio >= 1 ? ratio.toFixed(1) : ratio.toFixed(2);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
