'use strict';

// A worker that takes jobs from a queue in PostgreSQL, those of one partition, and tells its counts.
//   worker.js <revision> <partition> <port of its metrics> <module that does a job>
// DATABASE_URL says where the queue is.
const path = require('node:path');
const { Client } = require('pg');
const { Jobs, serveCounts } = require('./jobs');

const [, , revision, partition, port, module_] = process.argv;
const { handle } = require(path.resolve(module_));
const IDLE_MS = 100;

let ending = false;

async function main() {
  const [queue, watch] = [new Client(process.env.DATABASE_URL), new Client(process.env.DATABASE_URL)];
  await Promise.all([queue.connect(), watch.connect()]);
  const jobs = new Jobs({ queue, revision, handle });
  serveCounts(port, () => jobs.page(watch, `version="${revision}",partition="${partition}"`, [partition]));
  // The job in hand is done before the worker goes.
  process.once('SIGTERM', () => (ending = true));
  while (!ending)
    if (!(await jobs.takeOne(partition))) await new Promise((fulfilled) => setTimeout(fulfilled, IDLE_MS));
  process.exit(0);
}

void main();
