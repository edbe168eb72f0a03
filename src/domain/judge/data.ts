import { silentGuardrail } from './guardrails';
import { isPoor } from './looks';
import { MIN_REQUESTS } from './settings';
import { splitMismatch } from './split';
import type { JudgeState } from './state';
import type { Answer } from './verdict-of';
import { watchedAt } from './watched';

const ONE_IN_A_HUNDRED = Math.log(100);

/** Nothing usable for too long, while somebody looked. */
export function withoutData(state: JudgeState): Answer | undefined {
  const sinceMs = watchedAt(state) - Math.max(state.settings.startedAt, ...Object.values(state.seen));
  return sinceMs >= state.settings.noDataMs ? { decision: 'hold', reason: 'NO_DATA', escalate: true } : undefined;
}

/** A guardrail that shows nothing cannot be proven unharmed; what is proven meanwhile by others still counts. */
export function guardrailWithoutData(state: JudgeState): Answer | undefined {
  const guardrail = silentGuardrail(state);
  return guardrail === undefined ? undefined : { decision: 'hold', reason: 'NO_DATA', escalate: true, guardrail };
}

/** Counters that do not move. A service that was idle all along needs no judging; one that fell silent needs a person. */
export function quiet(state: JudgeState): Answer | undefined {
  const { settings, totals, lastAt } = state;
  if (state.flatSince !== undefined && lastAt - state.flatSince >= settings.quietMs) {
    const isIdle = !settings.trafficSeen && totals.stable.requests + totals.current.requests === 0;
    if (isIdle) return { decision: 'proceed', reason: 'NOTHING_TO_JUDGE' };
    return { decision: 'hold', reason: 'NO_TRAFFIC', escalate: true };
  }
  return isUnserved(state) ? { decision: 'hold', reason: 'SPLIT_MISMATCH', escalate: true } : undefined;
}

/** Stable gets nothing though it has a weight, and too much went past it for chance. */
function isUnserved({ unserved, settings, lastAt }: JudgeState): boolean {
  if (!unserved || lastAt - unserved.since < settings.quietMs) return false;
  const weights = Object.values(settings.weights).filter((weight) => weight > 0);
  if (weights.length === 0) return false;
  const passed = -Math.log(1 - Math.min(...weights) / 100);
  return unserved.current >= MIN_REQUESTS && unserved.current * passed >= ONE_IN_A_HUNDRED;
}

/**
 * What is proven against going on stands on whatever data; what speaks for it needs those of every target, not too many
 * gaps among them, and the split that was asked for.
 */
export function onGoodData(state: JudgeState, answer: Answer | undefined): Answer | undefined {
  if (answer && answer.decision !== 'proceed') return answer;
  const { settings, split, looks } = state;
  const silent = silentTarget(state, settings.noDataMs, settings.startedAt);
  if (silent !== undefined) return { decision: 'hold', reason: 'NO_DATA', escalate: true, target: silent };
  const mismatch = splitMismatch(split, settings);
  if (mismatch) return { decision: 'hold', reason: 'SPLIT_MISMATCH', escalate: true, target: mismatch.target };
  if (isPoor(looks, settings)) {
    return { decision: 'hold', reason: 'DATA_POOR', escalate: state.observedMs >= settings.longestBakeMs };
  }
  const unheard = answer && silentTarget(state, settings.noDataMs / 2, -Infinity);
  return unheard === undefined ? answer : { decision: 'hold', reason: 'NOT_ENOUGH_EVIDENCE', target: unheard };
}

/** The first target of the phase of which nothing usable came for so long; what others show says nothing of it. */
function silentTarget(state: JudgeState, longestMs: number, unseenSince: number): string | undefined {
  const now = watchedAt(state);
  const found = Object.entries(state.settings.weights).find(
    ([target, weight]) => weight > 0 && now - (state.seen[target] ?? unseenSince) >= longestMs,
  );
  return found?.[0];
}
