#!/usr/bin/env node
// Installs or builds what tests need of others, once for this user, and says what it took. What is there is left alone.
//   node scripts/ensure-tools.js                       all of it
//   node scripts/ensure-tools.js kubernetes traefik    these
// Packages of Debian are not among them: a suite installs those that it needs, or says which to install.
require('../test/support/run-ts');
const { TOOLS } = require('../test/tools');

async function main(names) {
  const unknown = names.filter((name) => !Object.hasOwn(TOOLS, name));
  if (unknown.length > 0)
    throw new Error(`there is no tool ${unknown.join(', ')}; there is ${Object.keys(TOOLS).join(', ')}`);
  const all = names.length === 0;
  for (const name of all ? Object.keys(TOOLS) : names) {
    const { ensure, missing } = TOOLS[name];
    const say = (line) => console.log(`${name}: ${line}`);
    say((all ? missing?.() : undefined) ?? (await ensure(say)));
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
