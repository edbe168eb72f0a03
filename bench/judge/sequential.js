// Tests of "stable fails half as often as current" that are read anew at every look.
const { COHORTS } = require('./looks');
const { OPEN } = require('./terms');

const MARGIN = 0.5;

/** The difference to the margin and its variance so far; undefined where there is nothing to say. */
function differenceOf({ stable, current }) {
  const [n, m] = [stable.requests, current.requests];
  if (n === 0 || m === 0) return undefined;
  const [s, c] = [stable.bad / n, current.bad / m];
  const variance = (s * (1 - s)) / n + (MARGIN ** 2 * c * (1 - c)) / m;
  return variance === 0 ? undefined : { difference: s - MARGIN * c, variance, requests: n + m };
}

/** Textbook lines of one look, or of so many when they pay for it (Pocock). */
function fixedLines(zProceed, zHalt) {
  return ({ difference, variance }) => {
    const z = difference / Math.sqrt(variance);
    if (z < -zProceed) return 'proceed';
    return z > zHalt ? 'halt' : undefined;
  };
}

/**
 * GrowthBook: a one-sided asymptotic confidence sequence (Waudby-Smith et al. 2023, equations 134 and 161 at twice
 * alpha), narrowest at 5,000 requests.
 */
function confidenceSequence(alphaProceed, alphaHalt, narrowestAt = 5_000) {
  const width = (alpha, requests) => {
    const wanted = -2 * Math.log(2 * alpha);
    const grown = (requests * (wanted + Math.log(wanted + 1))) / narrowestAt;
    return Math.sqrt(((2 * (grown + 1)) / grown) * Math.log(1 + Math.sqrt(grown + 1) / (2 * alpha)));
  };
  return ({ difference, variance, requests }) => {
    const z = difference / Math.sqrt(variance);
    if (z < -width(alphaProceed, requests)) return 'proceed';
    return z > width(alphaHalt, requests) ? 'halt' : undefined;
  };
}

/** A method that reads such a rule at every look, on all counts so far. */
function repeated(rule) {
  return ({ looks }) => {
    const totals = { stable: { requests: 0, bad: 0 }, current: { requests: 0, bad: 0 } };
    for (const look of looks) {
      for (const cohort of COHORTS) {
        totals[cohort].requests += look[cohort]?.requests ?? 0;
        totals[cohort].bad += look[cohort]?.bad ?? 0;
      }
      const seen = differenceOf(totals);
      const says = seen && rule(seen);
      if (says) return { says, reason: 'line', seconds: look.seconds };
    }
    return OPEN;
  };
}

module.exports = { confidenceSequence, differenceOf, fixedLines, repeated };
