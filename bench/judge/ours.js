// The product's judge on a simulated phase: the same code that judges a live one.
const { judgeRecorded, observeRecorded, openRecorded } = require('../../dist/domain/judge');

/** What it says of the phase, and after how many seconds. `settleMs`: warm-up that counts against nobody. */
function ours({ world, history, samples }, settleMs = 0) {
  const policy = {
    objective: 0.01,
    baseline: 0.001,
    intervalMs: 10_000,
    settleMs,
    longestBakeMs: 600_000,
    guardrails: world.slow ? ['latency'] : [],
  };
  let state = openRecorded(policy, history);
  for (const sample of samples) {
    state = observeRecorded(state, sample);
    const { verdict, final } = judgeRecorded(state);
    if (final) return { says: verdict.decision, reason: verdict.reason, seconds: sample.at / 1000 };
  }
  return { says: 'hold', reason: 'open', seconds: 600 };
}

module.exports = { ours };
