#!/usr/bin/env node
// Measures the product as it runs: every part a process of its own. Prints figures beside the accepted ones and keeps
// them in bench/latest.json.
//   npm run bench                       all but the long ones
//   npm run bench -- first-weight now   these; --all is everything
//   npm run bench -- --rounds 5 now     that many rounds (or rollbacks, or deliveries)
//   npm run bench -- --accept           makes bench/latest.json the baseline; measures nothing
//   npm run bench -- --doc              puts bench/latest.json into docs/performance.md; measures nothing
const { existsSync, readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { format } = require('prettier');
const { machine } = require('./harness');
const { page, printed } = require('./table');

const LATEST = join(__dirname, 'latest.json');
const BASELINE = join(__dirname, 'baseline.json');
const PAGE = join(__dirname, '..', 'docs', 'performance.md');
const MARKS = ['<!-- figures: npm run bench -- --doc -->', '<!-- end of figures -->'];

const folder = join(__dirname, 'benchmarks');
const BENCHMARKS = readdirSync(folder)
  .sort()
  .flatMap((file) => require(join(folder, file)));

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

async function write(file, results) {
  writeFileSync(file, await format(JSON.stringify(results), { parser: 'json', printWidth: 120 }));
}

/** What was measured here last; nothing is accepted or written down that nobody measured. */
function measured() {
  if (!existsSync(LATEST)) throw new Error(`${LATEST} is not there: measure first, npm run bench`);
  return read(LATEST);
}

function writePage() {
  const text = readFileSync(PAGE, 'utf8');
  const [from, to] = MARKS.map((mark) => text.indexOf(mark));
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for figures: ${MARKS.join(' … ')}`);
  // The rest of the page is written by hand, and stays as it is.
  writeFileSync(PAGE, `${text.slice(0, from)}${MARKS[0]}\n\n${page(measured())}\n\n${text.slice(to)}`);
}

function chosen(names, all) {
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `there is no benchmark ${unknown.join(', ')}; there is ${BENCHMARKS.map(({ name }) => name).join(', ')}`,
    );
  }
  if (names.length > 0) return BENCHMARKS.filter(({ name }) => names.includes(name));
  return BENCHMARKS.filter(({ long }) => all || !long);
}

async function measure(benchmark, rounds) {
  const ranOn = { ...machine(), rounds };
  const say = (line) => process.stderr.write(`${benchmark.name}: ${line}\n`);
  const { server, ...outcome } = await benchmark.run({ rounds, say });
  const result = { ranOn: { ...ranOn, server }, ...outcome };
  console.log(`${printed(benchmark.name, result, read(BASELINE))}\n`);
  await write(LATEST, { ...read(LATEST), [benchmark.name]: result });
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean' },
      rounds: { type: 'string' },
      accept: { type: 'boolean' },
      doc: { type: 'boolean' },
    },
  });
  if (values.accept) return write(BASELINE, { ...read(BASELINE), ...measured() });
  if (values.doc) return writePage();
  for (const benchmark of chosen(positionals, values.all)) {
    await measure(benchmark, Number(values.rounds ?? benchmark.rounds));
  }
}

main().then(
  // What a benchmark has started and not ended must not keep us.
  () => process.exit(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
