// A target and a check whose programs tell everything they were given, wherever somebody might keep it.
const { readFileSync } = require('node:fs');

const request = JSON.parse(readFileSync(0, 'utf8'));
const told = `harmless-marker, and my token is ${process.env.TOKEN}`;
process.stderr.write(`${told}\n`);
const answer = (code, body) => {
  process.stdout.write(JSON.stringify(body));
  process.exitCode = code;
};
const serves = (revision, weight) => ({ revision, weight, readyCapacity: 100, readyInstances: 1 });
const observed = { revisions: [serves('v42', 100), serves('v41', 0)] };

if (request.operation === undefined) answer(0, { status: 'warn', evidence: told, fix: told });
else if (request.operation === 'shift') answer(30, { detail: told, title: told });
else answer(0, { status: 'done', detail: told, observed });
