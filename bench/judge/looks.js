// What others see of a phase: how much each look added to each cohort.
const COHORTS = ['stable', 'current'];

/** One entry a sample, as far as scrapes show it; a counter that fell has begun again. */
function looksOf(samples) {
  const last = { stable: undefined, current: undefined };
  return samples.map((sample) => {
    const look = { seconds: sample.at / 1000 };
    for (const cohort of COHORTS) {
      const now = sample[cohort];
      if (now === null) continue;
      look[cohort] = since(last[cohort], now);
      last[cohort] = now;
    }
    return look;
  });
}

function since(before, now) {
  const to = { requests: now.requests, bad: now.bad, ...now.guardrails };
  if (before === undefined || to.requests < before.requests) return to;
  const from = { requests: before.requests, bad: before.bad, ...before.guardrails };
  return Object.fromEntries(Object.entries(to).map(([key, value]) => [key, Math.max(0, value - from[key])]));
}

module.exports = { COHORTS, looksOf };
