#!/usr/bin/env node
// Makes sure that the parts of a Kubernetes control plane, the controller of Argo Rollouts, Helm and a gateway are there
// before the tests need them; builds them if not.
require('../test/support/run-ts');
const { argoRollouts } = require('../test/kubernetes/support/argo');
const { kubernetesTools } = require('../test/kubernetes/support/tools');
const { helmFolder } = require('../test/support/helm');
const { traefik } = require('../test/support/traefik');

const say = (line) => console.log(`kubernetes: ${line}`);

async function main() {
  say((await kubernetesTools(say))['kube-apiserver']);
  say((await argoRollouts(say)).controller);
  say(await helmFolder(say));
  say((await traefik(say)).program);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
