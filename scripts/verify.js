#!/usr/bin/env node
/**
 * What CI runs. What is quick to be wrong comes first; then all suites, and beside them what mostly waits: processes that
 * are killed and come back, and the scenarios of the demo. What runs beside something else tells what it said when it
 * has ended, and all of them at the end what they took.
 */
const { spawn } = require('node:child_process');
const { mkdtempSync, rmdirSync } = require('node:fs');
const { setPriority, tmpdir } = require('node:os');
const { join } = require('node:path');

/** Side by side, each in its order: one processor reads the format while the others are asked. */
const FIRST = [['format:check'], ['typecheck', 'lint', 'knip', 'build']];
const BESIDE = ['test:crash', 'test:demo'];
/** The times that a crash suite records are held against the product's own limits, so it never queues behind the rest. */
const NICENESS_OF_THE_SUITES = 10;
const begun = Date.now();
const took = [];

const seconds = (since) => Math.round((Date.now() - since) / 1_000);

function tell(line) {
  console.log(`\n== ${line} (${seconds(begun)} s)`);
}

/** Runs a script of the package to its end; true when it did well. */
async function run(script, options, hear = () => undefined) {
  const started = Date.now();
  const isWell = await new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script], options);
    hear(child);
    child.once('error', reject).once('close', (status) => resolve(status === 0));
  });
  took.push({ script, seconds: seconds(started), isWell });
  return isWell;
}

/** Runs it beside something else, and tells what it said in one piece. */
async function runBeside(script) {
  let said = '';
  const isWell = await run(script, { stdio: ['ignore', 'pipe', 'pipe'] }, ({ stdout, stderr }) => {
    for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  });
  tell(`npm run ${script}`);
  process.stdout.write(said);
  return isWell;
}

/** Nothing comes after what failed. */
async function quick(scripts) {
  for (const script of scripts) if (!(await runBeside(script))) return;
}

/** More of them at once when nothing runs beside them any more: see `when-there-is-room.js`. */
async function suites(runsBeside) {
  tell('npm test');
  const env = { ...process.env, RUNS_BESIDE: runsBeside, RUNS_BESIDE_OF: String(process.pid) };
  await run('test', { stdio: 'inherit', env }, ({ pid }) => pid && setPriority(pid, NICENESS_OF_THE_SUITES));
}

/** Each even if the one before it failed: whoever reads the log wants all that is wrong. */
async function beside(runsBeside) {
  try {
    for (const script of BESIDE) await runBeside(script);
  } finally {
    rmdirSync(runsBeside);
  }
}

async function all() {
  const runsBeside = mkdtempSync(join(tmpdir(), 'phased-rollback-verify-'));
  await Promise.all([suites(runsBeside), beside(runsBeside)]);
}

const failed = () => took.filter(({ isWell }) => !isWell).map(({ script }) => script);

async function main() {
  await Promise.all(FIRST.map(quick));
  if (failed().length === 0) await all();
  tell('took');
  for (const { script, seconds, isWell } of took)
    console.log(`${String(seconds).padStart(5)} s  npm run ${script}${isWell ? '' : '  failed'}`);
  const names = failed().join(', ');
  tell(names === '' ? 'everything passed' : `failed: ${names}`);
  process.exitCode = names === '' ? 0 : 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
