#!/usr/bin/env node
// The judge beside how others judge, on simulated phases; keeps the figures in bench/judge/latest.json. Ends with exit
// code 1 where a gate is not kept.
//   npm run bench:judge                       4,000 phases a row, 6,000 of the hold-out, which is drawn anew each time
//   npm run bench:judge -- --runs 400         a smaller run; its gates are widened by what it may be off by
//   npm run bench:judge -- --holdout-seed 2   a hold-out that was printed before
//   npm run bench:judge -- --gated            only what is gated; nothing is kept
//   npm run bench:judge -- --doc              puts bench/judge/latest.json into docs/judge.md; measures nothing
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { format } = require('prettier');
const { machine } = require('../harness');
const { costOf, sizes } = require('./cost');
const { gatesOf } = require('./gates');
const { measure } = require('./measure');
const { OURS } = require('./ours');
const { JUDGES } = require('./play');
const { page, printed, ranOn } = require('./table');

const LATEST = join(__dirname, 'latest.json');
const PAGE = join(__dirname, '..', '..', 'docs', 'judge.md');
const MARKS = ['<!-- figures: npm run bench:judge -- --doc -->', '<!-- end of figures -->'];

/** Only the figures are set anew; the rest of the page is written by hand, and stays as it is. */
async function writePage() {
  if (!existsSync(LATEST)) throw new Error(`${LATEST} is not there: measure first, npm run bench:judge`);
  const text = readFileSync(PAGE, 'utf8');
  const [from, to] = MARKS.map((mark) => text.indexOf(mark));
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for figures: ${MARKS.join(' … ')}`);
  const figures = await format(page(JSON.parse(readFileSync(LATEST, 'utf8'))), { parser: 'markdown' });
  writeFileSync(PAGE, `${text.slice(0, from)}${MARKS[0]}\n\n${figures}\n${text.slice(to)}`);
}

/** The order of a run, or an error that names the option. */
function orderOf(values) {
  const whole = (name, least) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least) {
      throw new Error(`--${name} ${values[name]}: a whole number, at least ${least}`);
    }
    return value;
  };
  const runs = whole('runs', 1);
  return {
    runs,
    holdoutRuns: values.holdout === undefined ? Math.ceil(1.5 * runs) : whole('holdout', 1),
    seed: whole('seed', 0),
    holdoutSeed: values['holdout-seed'] === undefined ? Date.now() % 2 ** 31 : whole('holdout-seed', 0),
    looks: values.gated ? [60] : [60, 360],
    judges: Object.keys(values.gated ? OURS : JUDGES),
    gated: values.gated,
    standardErrors: whole('standard-errors', 0),
  };
}

/** Says on stderr how far it is: on one line of a terminal, else every tenth of the way. */
function progress(done, all) {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all}${done === all ? '\n' : ''}`);
  else if (done % Math.ceil(all / 10) === 0 || done === all) process.stderr.write(`${done} of ${all}\n`);
}

async function run(order) {
  const began = Date.now();
  const facts = machine();
  console.log(`hold-out of ${order.holdoutRuns}, --holdout-seed ${order.holdoutSeed}`);
  const cost = ['d1', 'g0', 'n5'].map(costOf);
  const size = sizes();
  const measured = await measure(order, progress);
  const gates = gatesOf({ ...measured, size }, order.standardErrors);
  const seconds = Math.round((Date.now() - began) / 1000);
  const result = { order, machine: { ...facts, seconds }, cost, size, gates, ...measured };
  if (!order.gated) writeFileSync(LATEST, JSON.stringify(result));
  console.log(`${ranOn(result)}\n\n${printed(result)}`);
  process.exitCode = gates.every(({ kept }) => kept) ? 0 : 1;
}

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '4000' },
      holdout: { type: 'string' },
      seed: { type: 'string', default: '777' },
      'holdout-seed': { type: 'string' },
      'standard-errors': { type: 'string', default: '2' },
      gated: { type: 'boolean', default: false },
      doc: { type: 'boolean', default: false },
    },
  });
  await (values.doc ? writePage() : run(orderOf(values)));
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
