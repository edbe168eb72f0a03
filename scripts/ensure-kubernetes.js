#!/usr/bin/env node
// Makes sure that the parts of a Kubernetes control plane are there before the tests need them; builds them if not.
require('../test/support/run-ts');
const { kubernetesTools } = require('../test/kubernetes/support/tools');

kubernetesTools((line) => console.log(`kubernetes: ${line}`))
  .then((tools) => console.log(`kubernetes: ${tools['kube-apiserver']}`))
  .catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
