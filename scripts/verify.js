#!/usr/bin/env node
/**
 * What CI runs. What is quick to be wrong comes first; then all suites, and beside them what mostly waits: processes that
 * are killed and come back, and the scenarios of the demo. Those tell what they said when they have ended.
 */
const { spawn } = require('node:child_process');
const { setPriority } = require('node:os');

const FIRST = ['format:check', 'typecheck', 'lint', 'knip', 'build'];
const BESIDE = ['test:crash', 'test:demo'];
/** The times that a crash suite records are held against the product's own limits, so it never queues behind the rest. */
const NICENESS_OF_THE_SUITES = 10;
const begun = Date.now();

function tell(line) {
  console.log(`\n== ${line} (${Math.round((Date.now() - begun) / 1_000)} s)`);
}

/** Runs a script of the package to its end; true when it did well. */
function run(script, stdio, hear = () => undefined) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script], { stdio });
    hear(child);
    child.once('error', reject).once('close', (status) => resolve(status === 0));
  });
}

async function suites() {
  tell('npm test');
  return run('test', 'inherit', ({ pid }) => pid && setPriority(pid, NICENESS_OF_THE_SUITES));
}

/** Each even if the one before it failed: whoever reads the log wants all that is wrong. */
async function beside() {
  const failed = [];
  for (const script of BESIDE) {
    let said = '';
    const isWell = await run(script, ['ignore', 'pipe', 'pipe'], ({ stdout, stderr }) => {
      for (const stream of [stdout, stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    });
    tell(`npm run ${script}, beside the others`);
    process.stdout.write(said);
    if (!isWell) failed.push(`npm run ${script}`);
  }
  return failed;
}

async function main() {
  for (const script of FIRST) {
    tell(`npm run ${script}`);
    if (!(await run(script, 'inherit'))) return [`npm run ${script}`];
  }
  const [isWell, failed] = await Promise.all([suites(), beside()]);
  return isWell ? failed : ['npm test', ...failed];
}

main().then(
  (failed) => {
    tell(failed.length === 0 ? 'everything passed' : `failed: ${failed.join(', ')}`);
    process.exitCode = failed.length === 0 ? 0 : 1;
  },
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
