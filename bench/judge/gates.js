// What the product's judge has to keep on simulated phases. Limits are widened by what a run of this size may be off by.
const CLEAR = { a: 20, b: 20, c: 20, d1: 330, g0: 50 };

/** Two standard errors of a share of `limit` percent in so many runs, in percent. */
function slack(limit, runs) {
  const share = limit / 100;
  return 200 * Math.sqrt((share * (1 - share)) / runs);
}

function atMost(name, value, limit, runs) {
  const widened = limit + slack(limit, runs);
  return { gate: name, value, limit: widened, kept: value <= widened };
}

/** Every gate with its value, its limit and whether it is kept. `battery`: a summary by row; shares in percent. */
function gatesOf({ battery, holdout, byTruth, boundary, runs, holdoutRuns }) {
  const wrongs = Object.values(battery).map(({ wrong }) => wrong);
  const mean = wrongs.reduce((sum, wrong) => sum + wrong, 0) / wrongs.length;
  const medians = Object.entries(CLEAR).map(([row, limit]) => {
    const [, found] = Object.entries(battery).find(([name]) => name.split(' ')[0] === row);
    return { gate: `median of row ${row}, s`, value: found.median, limit, kept: found.median <= limit };
  });
  return [
    atMost('battery: mean wrong, %', mean, 0.4, runs * wrongs.length),
    atMost('battery: worst row wrong, %', Math.max(...wrongs), 2.5, runs),
    ...medians,
    atMost('hold-out: wrong, %', holdout.wrong, 1.5, holdoutRuns),
    ...Object.entries(byTruth).map(([truth, { wrong, count }]) =>
      atMost(`hold-out, ${truth}: wrong, %`, wrong, 3, count),
    ),
    atMost('hold-out: open, %', holdout.open, 15, holdoutRuns),
    ...boundary.map(({ cell, side, share, runs: n }) => atMost(`boundary ${cell}, ${side}, %`, share, 5, n)),
  ];
}

module.exports = { gatesOf };
