#!/usr/bin/env node
// Installs or builds what tests need of others, once for this user, and says what it took. What is there is left alone.
//   node scripts/ensure-tools.js                       all of it
//   node scripts/ensure-tools.js kubernetes traefik    these
// Packages of Debian are not among them: a suite installs those that it needs, or says which to install.
require('../test/support/run-ts');
const { argoRollouts } = require('../test/tools/argo-rollouts');
const { helmFolder } = require('../test/tools/helm');
const { kubernetesTools } = require('../test/tools/kubernetes');
const { motoPython, noMoto } = require('../test/support/moto');
const { temporalServer } = require('../test/tools/temporal-server');
const { traefik } = require('../test/tools/traefik');
const { unleashModules } = require('../test/support/unleash');

const TOOLS = {
  kubernetes: async (say) => (await kubernetesTools(say))['kube-apiserver'],
  'argo-rollouts': async (say) => (await argoRollouts(say)).controller,
  helm: helmFolder,
  traefik: async (say) => (await traefik(say)).program,
  'temporal-server': async (say) => (await temporalServer(say)).server,
  unleash: unleashModules,
  moto: motoPython,
};

/** Why there is none to be had, where its suites are skipped for that reason. */
const MAY_BE_MISSING = { moto: noMoto };

async function main(names) {
  const unknown = names.filter((name) => !Object.hasOwn(TOOLS, name));
  if (unknown.length > 0)
    throw new Error(`there is no tool ${unknown.join(', ')}; there is ${Object.keys(TOOLS).join(', ')}`);
  const all = names.length === 0;
  for (const name of all ? Object.keys(TOOLS) : names) {
    const say = (line) => console.log(`${name}: ${line}`);
    const missing = all ? MAY_BE_MISSING[name]?.() : undefined;
    say(missing ?? (await TOOLS[name](say)));
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
