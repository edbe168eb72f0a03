import type {
  CohortCounts,
  Decision,
  GuardrailEvidence,
  Meter,
  RatioInterval,
  Verdict,
  VerdictReason,
} from '../judge/verdict';
import type { Move } from './move';
import { currentPhase } from './progress';
import type { RunState } from './state';

/** What the judge has to go by: of a bake as far as it was recorded, else what the newest verdict rested on. */
export interface EvidenceView {
  /** The phase that it is about, from 1; absent for what was seen between phases. */
  readonly phase?: number;
  /** Whether more of it is being gathered: a bake runs, this is how far it had come, and its answer is still open. */
  readonly running: boolean;
  /** The verdict that it led to; absent where there is none yet. */
  readonly verdict?: { readonly decision: Decision; readonly reason: VerdictReason };
  /** How far it has come towards each answer, 0 to 1. */
  readonly meter?: Meter;
  /** What the old revision's failure ratio over the suspect's may be. */
  readonly ratioInterval?: RatioInterval;
  /** Of the symptom, since the phase began. */
  readonly current: CohortCounts;
  readonly stable: CohortCounts;
  readonly guardrails: readonly GuardrailEvidence[];
  /** When a verdict is expected by the pace so far; absent where nothing can be said yet, or nothing is asked. */
  readonly expected?: { readonly kind: 'at'; readonly at: number } | { readonly kind: 'not-before-longest-bake' };
  /** When the newest of it was seen; epoch milliseconds. */
  readonly at: number;
}

/** The evidence to show beside a run; nothing before there is any. `move`: what is in flight. */
export function evidenceView(state: RunState, move: Move): EvidenceView | undefined {
  const running = !state.end && move.kind === 'bake' && move.order.purpose === 'verdict';
  const newest = state.journal.findLast((entry) => entry.verdict !== undefined);
  const { standing, judge, judgePhase } = state;
  const isOpen = judge !== undefined && judgePhase !== undefined && judgePhase === currentPhase(state)?.index;
  if (isOpen && standing && (running || (newest?.verdict?.at ?? 0) < standing.verdict.at)) {
    const { verdict, expectation } = standing;
    const view = { phase: judgePhase + 1, running, ...shown(verdict) };
    if (!running || !expectation) return view;
    const expected =
      expectation.kind === 'in' ? ({ kind: 'at', at: verdict.at + expectation.ms } as const) : expectation;
    return { ...view, expected };
  }
  if (!newest?.verdict) return undefined;
  const { decision, reason } = newest.verdict;
  const phase = newest.phase === undefined ? {} : { phase: newest.phase + 1 };
  return { ...phase, running: false, verdict: { decision, reason }, ...shown(newest.verdict) };
}

function shown(verdict: Verdict): Omit<EvidenceView, 'running'> {
  const { current, stable, guardrails = [], meter, ratioInterval, at } = verdict;
  return {
    ...(meter ? { meter } : {}),
    ...(ratioInterval ? { ratioInterval } : {}),
    current,
    stable,
    guardrails,
    at,
  };
}
