// What a step of the judge costs: time of one thread, and size of what is kept between steps.
const { judgeRecorded, keep, observeRecorded } = require('../../dist/domain/judge');
const { BATTERY } = require('./battery');
const { liveSizes } = require('./live');
const { opened } = require('./ours');
const { played } = require('./play');

const PHASES = 10;
const SIZED_PHASES = 4;

/** Nanoseconds to take a sample, to judge while that holds, to judge in the end, and to put what was seen into few bytes. */
function costOf(name) {
  const row = BATTERY.findIndex((each) => each.row.split(' ')[0] === name);
  const phases = Array.from({ length: PHASES }, (_, run) => played({ row, seed: 777, run }));
  phases.forEach(costOfPhase);
  const costs = phases.map(costOfPhase);
  // Others use the machine too: half of the steps took no longer than this.
  const median = (part) => middle(costs.flatMap((cost) => cost[part]));
  return {
    row: BATTERY[row].row,
    observeNs: median('observe'),
    holdNs: median('hold'),
    endNs: median('end'),
    keepNs: median('keep'),
  };
}

function middle(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function costOfPhase(phase) {
  const cost = { observe: [], hold: [], end: [], keep: [] };
  let state = opened(phase, { settleMs: 20_000, fast: false });
  for (const sample of phase.samples) {
    const began = process.hrtime.bigint();
    state = observeRecorded(state, sample);
    const observed = process.hrtime.bigint();
    const { final } = judgeRecorded(state);
    const judged = process.hrtime.bigint();
    JSON.stringify(keep(state));
    cost.keep.push(Number(process.hrtime.bigint() - judged));
    cost.observe.push(Number(observed - began));
    cost[final ? 'end' : 'hold'].push(Number(judged - observed));
    if (final) break;
  }
  return cost;
}

/** Of each row the most bytes of JSON that were ever kept between samples, for each metric. */
function sizes() {
  return BATTERY.map(({ row }, index) => {
    const phases = Array.from({ length: SIZED_PHASES }, (_, run) => played({ row: index, seed: 777, run }));
    return { row, bytes: Math.max(...phases.flatMap(liveSizes)) };
  });
}

module.exports = { costOf, sizes };
