// A target and a check whose programs tell everything they were given, wherever somebody might keep it.
const { readFileSync } = require('node:fs');

const request = JSON.parse(readFileSync(0, 'utf8'));
const told = `harmless-marker, and my token is ${process.env.TOKEN}, and all I know is ${JSON.stringify(process.env)}`;
process.stderr.write(`${told}\n`);
const answer = (code, body) => {
  process.stdout.write(JSON.stringify(body));
  process.exitCode = code;
};
const serves = (revision, weight) => ({ revision, weight, readyCapacity: 100, readyInstances: 1 });
const third = serves(`revision-of-${process.env.TOKEN}`, 0);
const observed = { revisions: [serves('v42', 100), serves('v41', 0), third], owner: `owned-by-${process.env.TOKEN}` };

if (request.operation === undefined) answer(0, { status: 'warn', evidence: told, fix: told });
else if (request.operation === 'shift') answer(30, { detail: told, title: told });
else answer(0, { status: 'done', detail: told, observed });
