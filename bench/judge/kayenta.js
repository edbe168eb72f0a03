// Kayenta: one rank test of stable against current at the end of a bake, on the ratio of each interval.
const { COHORTS } = require('./looks');
const { INTERVAL_S, OPEN } = require('./terms');

const Z_98_PERCENT = 2.3263478740408408;
const TOLERANCE = 0.25;
/** Its root finder stops there, whatever the size of the ratios. */
const ROOT_TOLERANCE = 1e-4;

/**
 * In its friendliest reading: only a symptom that is lower on stable goes on, and a guardrail that is higher stops.
 * Intervals without data are left out; a cohort without any leaves it open.
 */
function kayenta({ bakeS }) {
  return ({ looks, limits }) => {
    const seen = looks.slice(0, bakeS / INTERVAL_S);
    const classes = Object.fromEntries(Object.keys(limits).map((key) => [key, classOf(seen, key)]));
    if (Object.values(classes).includes('no data')) return OPEN;
    const { bad, ...guardrails } = classes;
    const goesOn = bad === 'low' && !Object.values(guardrails).includes('high');
    return { says: goesOn ? 'proceed' : 'halt', reason: bad, seconds: bakeS };
  };
}

function classOf(looks, key) {
  const [stable, current] = COHORTS.map((cohort) =>
    looks
      .filter((look) => (look[cohort]?.requests ?? 0) > 0)
      .map((look) => look[cohort][key] / look[cohort].requests)
      .sort((a, b) => a - b),
  );
  if (stable.length === 0 || current.length === 0) return 'no data';
  const ends = [stable[0], stable.at(-1), current[0], current.at(-1)];
  if (Math.min(...ends) === Math.max(...ends)) return 'pass';
  const { low, high, shift } = shiftOf(stable, current);
  const margin = TOLERANCE * Math.abs(shift);
  const effect = mean(current) === 0 ? 1 : mean(stable) / mean(current);
  if (low > margin && effect >= 1) return 'high';
  return high < -margin && effect <= 1 ? 'low' : 'pass';
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Hodges-Lehmann shift of x against y and its 98 % interval: where the rank statistic crosses its quantiles. */
function shiftOf(x, y) {
  const [least, most] = [x[0] - y.at(-1), x.at(-1) - y[0]];
  const crossing = (quantile) => crossingOf((shift) => standardised(x, y, shift) - quantile, least, most);
  return { low: crossing(Z_98_PERCENT), high: crossing(-Z_98_PERCENT), shift: crossing(0) };
}

/** Where a falling function changes its sign, by halving. */
function crossingOf(falling, least, most) {
  if (falling(least) <= 0) return least;
  if (falling(most) >= 0) return most;
  let [low, high] = [least, most];
  while (high - low > ROOT_TOLERANCE) {
    const middle = (low + high) / 2;
    if (falling(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Standardised rank sum of x - shift among y, with ties and a correction for continuity; both sorted. */
function standardised(x, y, shift) {
  const [n, m] = [x.length, y.length];
  let [above, tied, i, j] = [0, 0, 0, 0];
  while (i < n || j < m) {
    const value = Math.min(i < n ? x[i] - shift : Infinity, j < m ? y[j] : Infinity);
    const [fromI, fromJ] = [i, j];
    while (i < n && x[i] - shift === value) i += 1;
    while (j < m && y[j] === value) j += 1;
    above += (i - fromI) * (fromJ + (j - fromJ) / 2);
    const group = i - fromI + (j - fromJ);
    tied += group ** 3 - group;
  }
  const distance = above - (n * m) / 2;
  const variance = ((n * m) / 12) * (n + m + 1 - tied / ((n + m) * (n + m - 1)));
  return (distance - 0.5 * Math.sign(distance)) / Math.sqrt(variance);
}

module.exports = { kayenta, shiftOf };
