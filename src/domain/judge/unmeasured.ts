import type { Verdict } from './verdict';

/** What can be said where no metric is configured: nothing, so that a person must. `at`: epoch milliseconds. */
export function unmeasured(at: number): Verdict {
  const none = { requests: 0, bad: 0 };
  return {
    decision: 'hold',
    reason: 'NO_DATA',
    escalate: true,
    text: 'no metric is configured, so nothing shows whether it helps; missing data never counts as good',
    current: none,
    stable: none,
    evidence: {},
    observedMs: 0,
    at,
  };
}
