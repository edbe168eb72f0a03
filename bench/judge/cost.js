// What a step of the judge costs: time of one thread, and size of what is kept between steps.
const { judgeRecorded, observeRecorded } = require('../../dist/domain/judge');
const { BATTERY } = require('./battery');
const { opened } = require('./ours');
const { played } = require('./play');

const PHASES = 20;

/** Steps through whole phases of this row without stopping at verdicts. Nanoseconds a step, bytes of JSON at the end. */
function costOf(name) {
  const row = BATTERY.findIndex((each) => each.row.split(' ')[0] === name);
  const phases = Array.from({ length: PHASES }, (_, run) => played({ row, seed: 777, run }));
  const step = () => {
    let [observing, judging, steps, bytes] = [0n, 0n, 0, 0];
    for (const phase of phases) {
      let state = opened(phase, { settleMs: 20_000, fast: false });
      for (const sample of phase.samples) {
        const began = process.hrtime.bigint();
        state = observeRecorded(state, sample);
        const observed = process.hrtime.bigint();
        judgeRecorded(state);
        judging += process.hrtime.bigint() - observed;
        observing += observed - began;
        steps += 1;
      }
      bytes = Math.max(bytes, JSON.stringify(state).length);
    }
    return { row: BATTERY[row].row, observeNs: Number(observing) / steps, judgeNs: Number(judging) / steps, bytes };
  };
  step();
  return step();
}

module.exports = { costOf };
