// Argo Rollouts and Flagger: limits on the new weight's own ratios, met or missed so many times.
const { INTERVAL_S, OPEN } = require('./terms');

/** Stable over the last so many looks: within every limit; undefined without data. */
function passes({ looks, limits }, upTo, width) {
  const window = looks.slice(Math.max(0, upTo - width + 1), upTo + 1).flatMap(({ stable }) => (stable ? [stable] : []));
  const total = (key) => window.reduce((sum, counts) => sum + counts[key], 0);
  const requests = total('requests');
  if (requests === 0) return undefined;
  return Object.entries(limits).every(([key, limit]) => total(key) / requests <= limit);
}

/** Argo Rollouts: so many measurements; more failures than the limit fail it, five errors in a row too. */
function argo({ everyS, windowS, count, failureLimit }) {
  const every = everyS / INTERVAL_S;
  return (seen) => {
    let [passed, failures, errors] = [0, 0, 0];
    for (let tick = every - 1; tick < seen.looks.length; tick += every) {
      const good = passes(seen, tick, windowS / INTERVAL_S);
      const { seconds } = seen.looks[tick];
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
function flagger({ everyS, windowS, threshold }) {
  const every = everyS / INTERVAL_S;
  return (seen) => {
    let failed = 0;
    for (let tick = every - 1; tick < seen.looks.length; tick += every) {
      const { seconds } = seen.looks[tick];
      if (passes(seen, tick, windowS / INTERVAL_S)) return { says: 'proceed', reason: 'passed', seconds };
      failed += 1;
      if (failed >= threshold) return { says: 'halt', reason: 'failed', seconds };
    }
    return OPEN;
  };
}

module.exports = { argo, flagger };
