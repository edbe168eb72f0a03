// How others judge, on the same simulated phases: thresholds on the new weight's own success ratio, and a test repeated
// at every look without paying for it. All in their friendliest reading; `docs/judge.md` says which settings.
const INTERVAL_S = 10;
const OPEN = { says: 'hold', reason: 'open', seconds: 600 };

/** What each look added to each cohort, as far as scrapes show it; a counter that fell has begun again. */
function increments(samples) {
  const last = { stable: undefined, current: undefined };
  return samples.map((sample) => {
    const look = { seconds: sample.at / 1000 };
    for (const cohort of ['stable', 'current']) {
      const now = sample[cohort];
      if (now === null) continue;
      look[cohort] = since(last[cohort], now);
      last[cohort] = now;
    }
    return look;
  });
}

function since(before, now) {
  const flat = ({ requests, bad, guardrails }) => ({ requests, bad, slow: guardrails?.latency ?? 0 });
  const to = flat(now);
  if (before === undefined || to.requests < before.requests) return to;
  const from = flat(before);
  return { requests: to.requests - from.requests, bad: Math.max(0, to.bad - from.bad), slow: to.slow - from.slow };
}

/** Stable over the last so many looks: at least 99 % succeed and at most 5 % are slow; undefined without data. */
function passes(looks, upTo, width) {
  const window = looks.slice(Math.max(0, upTo - width + 1), upTo + 1).flatMap(({ stable }) => (stable ? [stable] : []));
  const total = (key) => window.reduce((sum, counts) => sum + counts[key], 0);
  const requests = total('requests');
  if (requests === 0) return undefined;
  return total('bad') / requests <= 0.01 && total('slow') / requests <= 0.05;
}

/** Argo Rollouts: so many measurements; more failures than the limit fail it, five errors in a row too. */
function argo({ everyTicks, windowTicks, count, failureLimit }) {
  return (looks) => {
    let [passed, failures, errors] = [0, 0, 0];
    for (let tick = everyTicks - 1; tick < looks.length; tick += everyTicks) {
      const good = passes(looks, tick, windowTicks);
      const { seconds } = looks[tick];
      errors = good === undefined ? errors + 1 : 0;
      if (good === false) failures += 1;
      if (good === true) passed += 1;
      if (failures > failureLimit || errors > 4) return { says: 'halt', reason: 'failed', seconds };
      if (passed + failures >= count) return { says: 'proceed', reason: 'passed', seconds };
    }
    return OPEN;
  };
}

/** Flagger: the first check that passes takes the next step; so many that fail take it back. No data is a failed check. */
function flagger({ everyTicks, windowTicks, threshold }) {
  return (looks) => {
    let failed = 0;
    for (let tick = everyTicks - 1; tick < looks.length; tick += everyTicks) {
      const { seconds } = looks[tick];
      if (passes(looks, tick, windowTicks)) return { says: 'proceed', reason: 'passed', seconds };
      failed += 1;
      if (failed >= threshold) return { says: 'halt', reason: 'failed', seconds };
    }
    return OPEN;
  };
}

/** A z test of "stable fails half as often as current", read anew at every look at its textbook lines. */
function naiveZ(looks) {
  const totals = { stable: { requests: 0, bad: 0 }, current: { requests: 0, bad: 0 } };
  for (const look of looks) {
    for (const cohort of ['stable', 'current']) {
      totals[cohort].requests += look[cohort]?.requests ?? 0;
      totals[cohort].bad += look[cohort]?.bad ?? 0;
    }
    const { stable, current } = totals;
    if (stable.requests === 0 || current.requests === 0) continue;
    const [s, c] = [stable.bad / stable.requests, current.bad / current.requests];
    const variance = (s * (1 - s)) / stable.requests + (0.25 * c * (1 - c)) / current.requests;
    if (variance === 0) continue;
    const z = (s - 0.5 * c) / Math.sqrt(variance);
    if (z < -1.645) return { says: 'proceed', reason: 'z', seconds: look.seconds };
    if (z > 2.326) return { says: 'halt', reason: 'z', seconds: look.seconds };
  }
  return OPEN;
}

const METHODS = {
  'Argo 60 s': argo({ everyTicks: 60 / INTERVAL_S, windowTicks: 6, count: 5, failureLimit: 0 }),
  'Argo 10 s': argo({ everyTicks: 1, windowTicks: 3, count: 6, failureLimit: 1 }),
  'Flagger 60 s': flagger({ everyTicks: 60 / INTERVAL_S, windowTicks: 6, threshold: 5 }),
  'Flagger 10 s': flagger({ everyTicks: 1, windowTicks: 3, threshold: 5 }),
  'naive z': naiveZ,
};

/** The judges of the field by name, each on the samples of one phase. */
const OTHERS = Object.fromEntries(
  Object.entries(METHODS).map(([name, method]) => [name, ({ samples }) => method(increments(samples))]),
);

module.exports = { OTHERS };
