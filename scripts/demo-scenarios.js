/** Plays every scenario of the demo, some at once, and says which did what they should. */
const { spawn } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { SCENARIOS } = require('../dist/demo');

/** Each is a fleet, a server, a worker and a gateway of its own that mostly wait for traffic. */
const AT_ONCE = 2;
const folder = join(tmpdir(), `phased-rollback-scenarios-${process.pid}`);
const program = join(__dirname, '..', 'bin', 'phased-rollback.js');
/** The Temporal server of each has memory enough to collect its garbage more rarely, as in the suites of Jest. */
const env = { ...process.env, GOGC: process.env.GOGC ?? '400' };

/** Plays one to its end: its exit code and all that it said. */
function play(name) {
  return new Promise((resolve) => {
    let said = '';
    const child = spawn(process.execPath, [program, 'demo', name, '--state-dir', join(folder, name)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    child.once('close', (status) => resolve({ status, said }));
  });
}

/** Tells how one went; true when it did what it should. */
async function tell(name) {
  const started = Date.now();
  const { status, said } = await play(name);
  const log = join(folder, `${name}.log`);
  writeFileSync(log, said);
  const seconds = Math.round((Date.now() - started) / 1000);
  if (status === 0) {
    console.log(`✓ ${name} (${seconds} s)`);
    return true;
  }
  console.log(`✗ ${name} (${seconds} s, exit code ${status}); all it said is in ${log}, the end of it:`);
  console.log(said.trimEnd().split('\n').slice(-30).join('\n'));
  return false;
}

async function main() {
  mkdirSync(folder, { recursive: true });
  const named = process.argv.slice(2);
  const left = named.length > 0 ? named : Object.keys(SCENARIOS);
  const outcomes = [];
  const lane = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) outcomes.push(await tell(name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const failed = outcomes.filter((isWell) => !isWell).length;
  console.log(`${outcomes.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
