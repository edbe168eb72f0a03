// Terms that all methods share.
const INTERVAL_S = 10;
const INTERVALS = 60;
const LONGEST_S = INTERVAL_S * INTERVALS;

/** What a method says that came to no verdict. */
const OPEN = { says: 'hold', reason: 'open', seconds: LONGEST_S };

module.exports = { INTERVAL_S, INTERVALS, LONGEST_S, OPEN };
