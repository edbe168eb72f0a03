'use strict';

// A consumer of a queue in partitions: it takes the jobs of those that are assigned to its revision, as many as it has
// room for, and gives one back that is assigned to another. Several of a revision share its partitions.
//   consumer.js <revision> <room> <port of its metrics> <module that does a job>
// DATABASE_URL says where the queue is.
const path = require('node:path');
const { Client } = require('pg');
const { Jobs, serveCounts } = require('../queue-workers/jobs');
const { LOCKS, nameOf } = require('./queue');

const [, , revision, room, port, module_] = process.argv;
const { handle } = require(path.resolve(module_));
const IDLE_MS = 100;

const ASSIGNED = 'SELECT number FROM partitions WHERE revision = $1 ORDER BY number';
const HOLD = `SELECT pg_try_advisory_lock(${LOCKS}, $1) AS held`;
const GIVE_BACK = `SELECT pg_advisory_unlock(${LOCKS}, $1)`;

const held = new Set();
let ending = false;

/** Between two jobs: what is not its own any more is given back, and what nobody holds is taken. */
async function share(queue) {
  const { rows } = await queue.query(ASSIGNED, [revision]);
  const own = rows.map(({ number }) => number);
  for (const number of held) {
    if (own.includes(number)) continue;
    await queue.query(GIVE_BACK, [number]);
    held.delete(number);
  }
  for (const number of own.filter((each) => !held.has(each))) {
    if (held.size >= Number(room)) return;
    if ((await queue.query(HOLD, [number])).rows[0].held) held.add(number);
  }
}

async function main() {
  // The database ends the locks of a consumer with its connection, and tells by its name whose they are.
  const place = { connectionString: process.env.DATABASE_URL };
  const [queue, watch] = [new Client({ ...place, application_name: nameOf(revision, room) }), new Client(place)];
  await Promise.all([queue.connect(), watch.connect()]);
  const jobs = new Jobs({ queue, revision, handle });
  serveCounts(port, () => jobs.page(watch, `version="${revision}"`, [...held]));
  process.once('SIGTERM', () => (ending = true));
  while (!ending) {
    await share(queue);
    let busy = false;
    for (const number of held) busy = (!ending && (await jobs.takeOne(number))) || busy;
    if (!busy) await new Promise((fulfilled) => setTimeout(fulfilled, IDLE_MS));
  }
  process.exit(0);
}

void main();
