// What a step of the judge costs: time of one thread, and size of what is kept between steps.
const { judgeRecorded, observeRecorded } = require('../../dist/domain/judge');
const { BATTERY } = require('./battery');
const { opened } = require('./ours');
const { played } = require('./play');

const PHASES = 10;

/** Nanoseconds to take a sample, to judge while that holds, and to judge in the end; most bytes of JSON kept between samples. */
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
    bytes: Math.max(...costs.map(({ bytes }) => bytes)),
  };
}

function middle(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function costOfPhase(phase) {
  const cost = { observe: [], hold: [], end: [], bytes: 0 };
  let state = opened(phase, { settleMs: 20_000, fast: false });
  for (const sample of phase.samples) {
    const began = process.hrtime.bigint();
    state = observeRecorded(state, sample);
    const observed = process.hrtime.bigint();
    const { final } = judgeRecorded(state);
    cost.observe.push(Number(observed - began));
    cost[final ? 'end' : 'hold'].push(Number(process.hrtime.bigint() - observed));
    cost.bytes = Math.max(cost.bytes, JSON.stringify(state).length);
    if (final) break;
  }
  return cost;
}

module.exports = { costOf };
