'use strict';

// Takes jobs from a queue in PostgreSQL, counts them and tells the counts.
const { createServer } = require('node:http');

const RETRY_AFTER = '1 second';

// A job is locked, not removed, while it is done: the lock ends with the worker, however that ends.
const TAKE = `SELECT id, payload FROM jobs WHERE partition = $1 AND done_at IS NULL AND due_at <= now()
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
const DONE = 'UPDATE jobs SET done_at = now() WHERE id = $1';
const LATER = `UPDATE jobs SET due_at = now() + interval '${RETRY_AFTER}', attempts = attempts + 1 WHERE id = $1`;
const OLDEST = `SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS age FROM jobs
  WHERE partition = ANY($1) AND done_at IS NULL`;

class Jobs {
  constructor({ queue, revision, handle }) {
    this.queue = queue;
    this.revision = revision;
    this.handle = handle;
    this.counts = { processed: 0, failed: 0 };
  }

  /** True when there was one in that partition. */
  async takeOne(partition) {
    await this.queue.query('BEGIN');
    const { rows } = await this.queue.query(TAKE, [partition]);
    if (rows.length > 0) await this.attempt(rows[0]);
    await this.queue.query('COMMIT');
    return rows.length > 0;
  }

  async attempt(job) {
    this.counts.processed += 1;
    try {
      await this.handle(job, this.revision);
      await this.queue.query(DONE, [job.id]);
    } catch (error) {
      this.counts.failed += 1;
      process.stderr.write(`job ${job.id}: ${error.message}\n`);
      await this.queue.query(LATER, [job.id]);
    }
  }

  /** In OpenMetrics. The counters are there from the start, at 0; an age is that of partitions, so only where there are some. */
  async page(watch, labels, partitions) {
    const text = `# TYPE jobs_processed counter
jobs_processed_total{${labels}} ${this.counts.processed}
# TYPE jobs_failed counter
jobs_failed_total{${labels}} ${this.counts.failed}
`;
    if (partitions.length === 0) return `${text}# EOF\n`;
    const { rows } = await watch.query(OLDEST, [partitions]);
    return `${text}# TYPE jobs_oldest_seconds gauge\njobs_oldest_seconds{${labels}} ${rows[0].age}\n# EOF\n`;
  }
}

/** Serves the page where Prometheus looks for it. */
function serveCounts(port, page) {
  createServer((_, response) => {
    page().then(
      (text) => response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0').end(text),
      (error) => response.writeHead(500).end(error.message),
    );
  }).listen(Number(port), '127.0.0.1');
}

module.exports = { Jobs, serveCounts };
