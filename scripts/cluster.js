#!/usr/bin/env node
// Temporal on PostgreSQL as docker-compose.yml has it, without containers; for looking around and for what tests need.
//   node scripts/cluster.js            starts it in a new folder and keeps it until interrupted
//   POSTGRES_SEEDS=host:port …         uses that database instead of one of its own
require('../test/support/run-ts');
const { chmodSync, mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { Cluster } = require('../test/cluster/support/cluster');

async function main() {
  const dir = mkdtempSync(path.join(tmpdir(), 'phased-rollback-cluster-'));
  chmodSync(dir, 0o711);
  const cluster = new Cluster(path.join(dir, 'cluster'), (line) => console.log(line));
  const end = async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await cluster.start();
  } catch (error) {
    await end();
    throw error;
  }
  console.log(`Temporal on PostgreSQL: ${cluster.address}`);
  console.log(`Make it ready:  npx phased-rollback setup --address ${cluster.address}`);
  console.log(`Then, each:     TEMPORAL_ADDRESS=${cluster.address} npx phased-rollback worker (and gateway)`);
  console.log('Ctrl-C ends it and removes what it has kept.');
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  await end();
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
