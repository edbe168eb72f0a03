'use strict';

// A target as a program: node target-program.js <state file>. Misbehaves as the file <state file>.fault says.
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { answer } = require('./target-rules.js');

const [statePath] = process.argv.slice(2);
const fault = existsSync(`${statePath}.fault`) ? readFileSync(`${statePath}.fault`, 'utf8') : '';
const request = JSON.parse(readFileSync(0, 'utf8'));
const exitCodes = { 200: 0, 409: 20, 422: 30 };

function act() {
  const state = JSON.parse(readFileSync(statePath, 'utf8'));
  const { effect, rollback, target, operation } = request;
  const key = effect && `${rollback}/${target}/${operation}/${effect.number}`;
  const reply = answer(state, request, key);
  // It may be killed at any moment.
  writeFileSync(`${statePath}.draft`, JSON.stringify(state));
  renameSync(`${statePath}.draft`, statePath);
  return reply;
}

function write(text, code) {
  process.exitCode = code;
  process.stdout.write(text);
}

switch (fault === 'lagging' && request.operation !== 'shift' ? '' : fault) {
  case 'lagging':
    write(JSON.stringify({ status: 'accepted', pollAfterSeconds: 0.2 }), 10);
    break;
  case 'hang':
    act();
    setInterval(() => undefined, 1_000);
    break;
  case 'unreadable':
    write('<html>done</html>', 0);
    break;
  case 'oversized':
    write(`{"status":"done","detail":"${'x'.repeat(2_000_000)}"}`, 0);
    break;
  case 'refuse':
    write(JSON.stringify({ status: 'refused', detail: 'frozen by ops' }), 30);
    break;
  case 'telltale':
    write(JSON.stringify({ status: 'refused', detail: `I was given ${process.env.TOKEN}` }), 30);
    break;
  case 'unavailable':
    process.stderr.write(`cannot log in with ${process.env.TOKEN}`);
    process.exitCode = 7;
    break;
  default: {
    const { status, body } = act();
    write(JSON.stringify(body), exitCodes[status]);
  }
}
