'use strict';
// What a team would have as a hook: told to prepare a revision, it starts that revision's server unless it runs.
const { spawn } = require('node:child_process');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');

const [, , pidFile, app, port, faultsFile] = process.argv;
const { revision } = JSON.parse(readFileSync(0, 'utf8'));

const answer = (status, detail) => process.stdout.write(JSON.stringify({ status, detail }));

if (existsSync(pidFile)) {
  answer('alreadyInState', `${revision.to} was started before`);
} else {
  const child = spawn(process.execPath, [app, port, revision.to, faultsFile], { detached: true, stdio: 'ignore' });
  writeFileSync(pidFile, String(child.pid));
  child.unref();
  answer('done', `${revision.to} is started`);
}
