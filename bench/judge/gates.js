// What the product's judge has to keep on simulated phases.
const { BATTERY } = require('./battery');
const { GATED } = require('./ours');

/** Kept between samples, for each metric of up to twelve series. */
const MOST_BYTES = 1_024;

const MEDIANS = { a: 20, b: 20, c: 20, d1: 330, g0: 50 };

/**
 * Every gate with its value, its limit and whether it is kept; shares in percent. Limits are widened by so many
 * `standardErrors` of a share of just that size in as many runs, which is what the simulation itself may be off by.
 */
function gatesOf({ judges, boundary, size }, standardErrors) {
  const atMost = (gate, value, limit, runs) => {
    const widened = limit + 100 * standardErrors * Math.sqrt(((limit / 100) * (1 - limit / 100)) / runs);
    return { gate, value, limit, widened, unit: '%', kept: value <= widened, runs };
  };
  const rows = BATTERY.map(({ row, column }) => ({ row, ...judges[column].battery[row] }));
  const worst = rows.reduce((a, b) => (b.wrong > a.wrong ? b : a));
  const mean = rows.reduce((sum, { wrong }) => sum + wrong, 0) / rows.length;
  const runs = rows.reduce((sum, { count }) => sum + count, 0);
  const { all, helps, equal, worse } = judges[GATED].holdout;
  return [
    atMost('battery, mean of rows wrong', mean, 0.4, runs),
    atMost(`battery, worst row wrong (${worst.row})`, worst.wrong, 2.5, worst.count),
    ...Object.entries(MEDIANS).map(([name, limit]) => medianAtMost(rows, name, limit, standardErrors)),
    atMost('hold-out, wrong', all.wrong, 1.5, all.count),
    atMost('hold-out, helps, wrong', helps.wrong, 3, helps.count),
    atMost('hold-out, equal, wrong', equal.wrong, 3, equal.count),
    atMost('hold-out, worse, wrong', worse.wrong, 3, worse.count),
    atMost('hold-out, open', all.open, 15, all.count),
    ...boundary
      .filter(({ method }) => method === GATED)
      .map(({ cell, side, looks, share, runs: n }) =>
        atMost(`boundary, ${cell}, ${side}, ${looks} looks`, share, 5, n),
      ),
    bytesAtMost(size),
  ];
}

/** Every row's own is below; the largest is told. */
function bytesAtMost(size) {
  const { row, bytes } = size.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const gate = `kept between samples for a metric, worst row (${row})`;
  return { gate, value: bytes, limit: MOST_BYTES, widened: MOST_BYTES, unit: 'bytes', kept: bytes < MOST_BYTES };
}

/** Kept as long as not clearly more than half of the runs took longer. */
function medianAtMost(rows, name, limit, standardErrors) {
  const { row, median, times, count } = rows.find((each) => each.row.split(' ')[0] === name);
  const later = Object.entries(times).reduce((sum, [seconds, n]) => sum + (Number(seconds) > limit ? n : 0), 0);
  const kept = later / count <= 0.5 + standardErrors * Math.sqrt(0.25 / count);
  return { gate: `median of row ${row}`, value: median, limit, widened: limit, unit: 's', kept, runs: count };
}

module.exports = { gatesOf };
