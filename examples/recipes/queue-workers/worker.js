'use strict';

// A worker that takes jobs from a queue in PostgreSQL, those of one partition, and tells its counts.
//   worker.js <revision> <partition> <port of its metrics> <module that does a job>
// DATABASE_URL says where the queue is.
const { createServer } = require('node:http');
const path = require('node:path');
const { Client } = require('pg');

const [, , revision, partition, port, module_] = process.argv;
const { handle } = require(path.resolve(module_));
const IDLE_MS = 100;
const RETRY_AFTER = '1 second';

// A job is locked, not removed, while it is done: the lock ends with the worker, however that ends.
const TAKE = `SELECT id, payload FROM jobs WHERE partition = $1 AND done_at IS NULL AND due_at <= now()
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
const DONE = 'UPDATE jobs SET done_at = now() WHERE id = $1';
const LATER = `UPDATE jobs SET due_at = now() + interval '${RETRY_AFTER}', attempts = attempts + 1 WHERE id = $1`;
const OLDEST = `SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS age FROM jobs
  WHERE partition = $1 AND done_at IS NULL`;

const counts = { processed: 0, failed: 0 };
let ending = false;

/** True when there was a job. */
async function takeOne(queue) {
  await queue.query('BEGIN');
  const { rows } = await queue.query(TAKE, [partition]);
  if (rows.length > 0) await attempt(queue, rows[0]);
  await queue.query('COMMIT');
  return rows.length > 0;
}

async function attempt(queue, job) {
  counts.processed += 1;
  try {
    await handle(job, revision);
    await queue.query(DONE, [job.id]);
  } catch (error) {
    counts.failed += 1;
    process.stderr.write(`job ${job.id}: ${error.message}\n`);
    await queue.query(LATER, [job.id]);
  }
}

/** In OpenMetrics; the counters are there from the start, at 0. */
async function page(watch) {
  const { rows } = await watch.query(OLDEST, [partition]);
  const labels = `{version="${revision}",partition="${partition}"}`;
  return `# TYPE jobs_processed counter
jobs_processed_total${labels} ${counts.processed}
# TYPE jobs_failed counter
jobs_failed_total${labels} ${counts.failed}
# TYPE jobs_oldest_seconds gauge
jobs_oldest_seconds${labels} ${rows[0].age}
# EOF
`;
}

async function main() {
  const [queue, watch] = [new Client(process.env.DATABASE_URL), new Client(process.env.DATABASE_URL)];
  await Promise.all([queue.connect(), watch.connect()]);
  createServer((_, response) => {
    page(watch).then(
      (text) => response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0').end(text),
      (error) => response.writeHead(500).end(error.message),
    );
  }).listen(Number(port), '127.0.0.1');
  // The job in hand is done before the worker goes.
  process.once('SIGTERM', () => (ending = true));
  while (!ending) if (!(await takeOne(queue))) await new Promise((fulfilled) => setTimeout(fulfilled, IDLE_MS));
  process.exit(0);
}

void main();
