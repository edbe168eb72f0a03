// The fixed battery: what goes on in each row, by what it is judged, and what a judge should say of it.
const { NORMAL } = require('../../dist/domain/simulation');

const BURSTY = {
  waves: { enter: 1 / 9, leave: 1 / 3, calm: 0.4, burst: 2.8 },
  clumps: { kind: 'geometric', mean: 4 },
};
const GAPS = { scrape: 0.3, blackout: true, restart: 0.02 };
const HELPS = { stable: 0.001, current: 0.05, right: 'proceed' };
const EQUAL = { stable: 0.05, current: 0.05, right: 'halt' };
const HEALTHY = { stable: 0.005, current: 0.005, right: 'not-proceed' };
const QUIET = { requestsPerSecond: 1, share: 0.5 };
const THIN = { requestsPerSecond: 0.05, share: 0.5 };
const ALONE = { share: 1, current: 0.05, mode: 'absolute' };
const TWICE_AS_SLOW = { factor: 2, tail: 0 };
const SLOW_TENTH = { factor: 1, tail: 0.1 };
/** A histogram is the symptom; neither a past nor an objective says what is normal. */
const histogram = (stable, current) => ({ slowness: { stable, current } });
const slow = (stable, current) => ({ guardrails: { latency: { stable, current } } });
const errors = (stable, current) => ({ guardrails: { errors: { stable, current } } });

/**
 * 100 requests a second and a quarter of them on stable, at most 1 % bad, unless a row says otherwise. `right`: the
 * verdict; `not-proceed` and `not-halt` leave asking a person as good as the other. `column`: by which of the product's
 * own columns the row is gated.
 */
const BATTERY = [
  { row: 'a helps .1 vs 5', ...HELPS },
  { row: 'b equal 5 vs 5', ...EQUAL },
  { row: 'b2 equal .5 vs .5', ...HEALTHY },
  { row: 'c worse 15 vs 5', ...EQUAL, stable: 0.15 },
  { row: 'c2 worse 4 vs 2', ...EQUAL, stable: 0.04, current: 0.02 },
  { row: 'd1 1 rps, .1 vs 5', ...HELPS, ...QUIET },
  { row: 'd2 1 rps, 5 vs 5', ...EQUAL, ...QUIET },
  { row: 'd3 1 rps, .1 vs 20', ...HELPS, ...QUIET, current: 0.2 },
  { row: 'e1 bursty 5 vs 5', ...EQUAL, ...BURSTY },
  { row: 'e2 bursty .1 vs 5', ...HELPS, ...BURSTY },
  { row: 'e3 shared bursts, helps', ...HELPS, shared: { enter: 1 / 9, leave: 1 / 3, points: 0.02 } },
  { row: 'e4 bursty .5 vs .5', ...HEALTHY, ...BURSTY },
  { row: 'e5 clumps of 6, helps', ...HELPS, clumps: { kind: 'fixed', mean: 6 } },
  { row: 'f1 missing data, helps', ...HELPS, gaps: GAPS },
  { row: 'f2 missing data, equal', ...EQUAL, gaps: GAPS },
  { row: 'g0 helps, slow 2 vs 2', ...HELPS, ...slow(0.02, 0.02) },
  { row: 'g1 errors fixed, slow 12 vs 2', ...HELPS, right: 'halt', ...slow(0.12, 0.02) },
  { row: 'h cold stable, 10 for 20 s', ...HELPS, warmUp: { seconds: 20, stable: 0.1 }, column: 'ours, settle 20 s' },
  { row: 'p partly helps, 2 vs 20', stable: 0.02, current: 0.2, right: 'not-halt' },
  {
    row: 'l1 slow is the symptom, 2 vs 30',
    ...HELPS,
    stable: 0.02,
    current: 0.3,
    objective: 0.05,
    ...errors(0.001, 0.001),
  },
  {
    row: 'l2 slow is the symptom, 30 vs 30',
    ...EQUAL,
    stable: 0.3,
    current: 0.3,
    objective: 0.05,
    ...errors(0.001, 0.001),
  },
  {
    row: 'l3 slow is fixed, errors 5 vs .1',
    ...HELPS,
    right: 'halt',
    stable: 0.02,
    current: 0.3,
    objective: 0.05,
    ...errors(0.05, 0.001),
  },
  { row: 'm1 no target, twice as slow is cured', right: 'proceed', ...histogram(NORMAL, TWICE_AS_SLOW) },
  { row: 'm2 no target, both twice as slow', right: 'not-proceed', ...histogram(TWICE_AS_SLOW, TWICE_AS_SLOW) },
  { row: 'm3 no target, a slow tenth on both', right: 'not-proceed', ...histogram(SLOW_TENTH, SLOW_TENTH) },
  {
    row: 'm4 no target, 20 rps, a slow tenth on both',
    right: 'not-proceed',
    ...histogram(SLOW_TENTH, SLOW_TENTH),
    requestsPerSecond: 20,
  },
  { row: 'm5 no target, stable twice as slow', right: 'halt', ...histogram(TWICE_AS_SLOW, NORMAL) },
  { row: 'n1 no control, .1', ...ALONE, stable: 0.001, right: 'proceed' },
  { row: 'n2 no control, 5', ...ALONE, stable: 0.05, right: 'halt' },
  { row: 'n3 no control, 1.2', ...ALONE, stable: 0.012, right: 'not-proceed' },
  { row: 'n4 no control, .8', ...ALONE, stable: 0.008, right: 'not-halt' },
  { row: 'n5 no control, 1 rps, .1', ...ALONE, stable: 0.001, requestsPerSecond: 1, right: 'proceed' },
  { row: 'n6 no control, bursty .1', ...ALONE, stable: 0.001, ...BURSTY, right: 'proceed' },
  { row: 'n7 no control, slow 12', ...ALONE, stable: 0.001, ...slow(0.12, 0.02), right: 'halt' },
  { row: 'x1 no harm is asked, .1 vs .1', stable: 0.001, current: 0.001, mode: 'no-harm', right: 'proceed' },
  { row: 'x2 no harm is asked, 5 vs .1', stable: 0.05, current: 0.001, mode: 'no-harm', right: 'halt' },
  {
    row: 'x3 no harm is asked, 1 rps, 5 vs .1',
    ...QUIET,
    stable: 0.05,
    current: 0.001,
    mode: 'no-harm',
    right: 'not-proceed',
  },
  {
    row: 'x4 no harm is asked, 3 vs .1',
    stable: 0.03,
    current: 0.001,
    mode: 'no-harm',
    right: 'not-proceed',
  },
  { row: 'k1 both drown, 60 vs 60', stable: 0.6, current: 0.6, right: 'not-halt' },
  {
    row: 'k2 both in one storm',
    ...HELPS,
    right: 'not-halt',
    stable: 0.001,
    current: 0.001,
    shared: { enter: 1 / 9, leave: 1 / 3, points: 0.3 },
  },
  { row: 't1 3 requests a minute, .1 vs 5', ...HELPS, ...THIN },
  { row: 't2 3 requests a minute, 5 vs 5', ...EQUAL, ...THIN },
  { row: 't3 3 requests a minute, .1 vs 50', ...HELPS, ...THIN, current: 0.5 },
].map(({ row, right, mode = 'compare', objective = 0.01, column = 'ours', ...world }) => ({
  row,
  right,
  column,
  mode,
  objective,
  world: { requestsPerSecond: 100, share: 0.25, ...world },
}));

module.exports = { BATTERY };
