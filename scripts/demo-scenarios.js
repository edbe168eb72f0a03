/** Plays every scenario of the demo, one after the other, and says which did what they should. */
const { spawnSync } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { SCENARIOS } = require('../dist/demo');

const folder = join(tmpdir(), `phased-rollback-scenarios-${process.pid}`);
mkdirSync(folder, { recursive: true });
const named = process.argv.slice(2);
const names = named.length > 0 ? named : Object.keys(SCENARIOS);
let failed = 0;
for (const name of names) {
  const started = Date.now();
  const program = join(__dirname, '..', 'bin', 'phased-rollback.js');
  const played = spawnSync(process.execPath, [program, 'demo', name, '--state-dir', join(folder, name)], {
    encoding: 'utf8',
  });
  const log = join(folder, `${name}.log`);
  writeFileSync(log, `${played.stdout}${played.stderr}`);
  const seconds = Math.round((Date.now() - started) / 1000);
  if (played.status === 0) {
    console.log(`✓ ${name} (${seconds} s)`);
    continue;
  }
  failed += 1;
  console.log(`✗ ${name} (${seconds} s, exit code ${played.status}); all it said is in ${log}, the end of it:`);
  console.log(`${played.stdout}${played.stderr}`.trimEnd().split('\n').slice(-30).join('\n'));
}
console.log(`${names.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
