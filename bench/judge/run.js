#!/usr/bin/env node
// The judge beside how others judge, on simulated phases. Ends with exit code 1 where a gate is not kept.
//   npm run bench:judge                       4,000 phases a row, 6,000 of the hold-out
//   npm run bench:judge -- --runs 400         a smaller run; its gates are widened by what it may be off by
//   npm run bench:judge -- --seed 1 --holdout-seed 2
const { availableParallelism, cpus } = require('node:os');
const { parseArgs } = require('node:util');
const { gatesOf } = require('./gates');
const { measure } = require('./measure');
const { JUDGES } = require('./tally');

function cell({ wrong, open, median }) {
  const short = (value) => String(Math.round(value * 10) / 10);
  return `${short(wrong)}/${short(open)}/${median}`;
}

/** A z test of errors is not asked about latency. */
function isAsked(judge, row) {
  return !(judge === 'naive z' && row.includes('slow'));
}

function table(tables, judges) {
  const rows = Object.keys(tables[judges[0]].battery).map((row) => [
    row,
    ...judges.map((judge) => (isAsked(judge, row) ? cell(tables[judge].battery[row]) : '-')),
  ]);
  const truths = ['helps', 'equal', 'worse'].map((truth) => [
    `hold-out: ${truth}`,
    ...judges.map((judge) => cell(tables[judge].byTruth[truth])),
  ]);
  const all = ['hold-out: all', ...judges.map((judge) => cell(tables[judge].holdout))];
  const lines = [['wrong % / open % / median s', ...judges], ...rows, all, ...truths];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '4000' },
      holdout: { type: 'string' },
      seed: { type: 'string', default: '777' },
      'holdout-seed': { type: 'string', default: String(Date.now() % 2 ** 31) },
    },
  });
  const runs = Number(values.runs);
  const order = {
    runs,
    holdoutRuns: Number(values.holdout ?? Math.ceil(1.5 * runs)),
    seed: Number(values.seed),
    holdoutSeed: Number(values['holdout-seed']),
    judges: Object.keys(JUDGES),
  };
  if (![order.runs, order.holdoutRuns].every((count) => count >= 1)) throw new Error('--runs and --holdout are counts');
  console.log(
    `${runs} phases a row, seed ${order.seed}; hold-out of ${order.holdoutRuns}, seed ${order.holdoutSeed}; ${availableParallelism()} threads, ${cpus()[0].model}, node ${process.version}`,
  );
  const { tables, boundary } = await measure(order, (done, all) => {
    if (process.stderr.isTTY || done % 50 === 0)
      process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${done} of ${all}${process.stderr.isTTY ? '' : '\n'}`);
  });
  console.log(`\n${table(tables, order.judges)}\n`);
  const gates = gatesOf({ ...tables.ours, boundary, ...order });
  for (const { gate, value, limit, kept } of gates) {
    console.log(`${kept ? 'kept  ' : 'BROKEN'}  ${gate}: ${value.toFixed(2)}, at most ${limit.toFixed(2)}`);
  }
  process.exitCode = gates.every(({ kept }) => kept) ? 0 : 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
