// The fixed battery: what goes on in each row, and what a judge should say of it.
const BURSTY = {
  waves: { enter: 1 / 9, leave: 1 / 3, calm: 0.4, burst: 2.8 },
  clumps: { kind: 'geometric', mean: 4 },
};
const GAPS = { scrape: 0.3, blackout: true, restart: 0.02 };
const HELPS = { stable: 0.001, current: 0.05, right: 'proceed' };
const EQUAL = { stable: 0.05, current: 0.05, right: 'halt' };
const HEALTHY = { stable: 0.005, current: 0.005, right: 'not-proceed' };
const QUIET = { requestsPerSecond: 1, share: 0.5 };

/** 100 requests a second and a quarter of them on stable, unless a row says otherwise. */
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
  { row: 'g0 helps, slow 2 vs 2', ...HELPS, slow: { stable: 0.02, current: 0.02 } },
  { row: 'g1 errors fixed, slow 12 vs 2', ...HELPS, right: 'halt', slow: { stable: 0.12, current: 0.02 } },
].map(({ row, right, ...world }) => ({ row, right, world: { requestsPerSecond: 100, share: 0.25, ...world } }));

module.exports = { BATTERY };
