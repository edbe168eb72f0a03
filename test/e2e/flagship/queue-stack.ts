import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../../src/temporal';
import { Supervisor } from '../../recipes/support/supervisor';
import { Postgres } from '../../support/postgres';
import { policyText, prometheusText, RECIPE, RULES } from './queue-texts';
import { Site } from './site';
import { alertmanagerText } from './texts';

const INSTANCES = 4;
const JOBS_AT_ONCE = 8;
const EVERY_MS = 200;
/** Does nothing with a job, and fails as often as the file beside it says. */
const HANDLE = `
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
let due = 0;
exports.handle = async (_job, revision) => {
  due += JSON.parse(readFileSync(join(__dirname, 'faults.json'), 'utf8'))[revision] ?? 0;
  if (due < 1) return;
  due -= 1;
  throw new Error('the mail server refuses it');
};
`;

/** Workers that serve no HTTP, by the recipe: a queue in PostgreSQL, processes of Supervisor, and a customer who writes. */
export class QueueStack extends Site {
  readonly supervisor = new Supervisor();
  private readonly postgres = new Postgres(join(this.dir, 'database'), 'mailer');
  private queue: Client | undefined;
  private writing: NodeJS.Timeout | undefined;
  private written = Promise.resolve();

  async open(): Promise<void> {
    this.fail({});
    const ports = await this.choosePorts();
    const workers = { v42: await portsOf(), v41: await portsOf() };
    const url = await this.openQueue();
    const start = this.write('start.sh', startText(this.write('handle.js', HANDLE), workers));
    await this.supervisor.start(
      Object.keys(workers).map((revision) => ({
        name: `mailer-${revision}`,
        command: `sh ${start} ${revision} %(process_num)d`,
        instances: INSTANCES,
        starts: revision === 'v41',
        more: 'startsecs=1\nautorestart=unexpected',
      })),
      { DATABASE_URL: url },
    );
    const fence = join(this.dir, 'fence.json');
    await this.openAround(
      {
        prometheus: prometheusText(Object.values(workers).flat(), ports),
        rules: RULES,
        alertmanager: alertmanagerText(this.gatewayUrl),
        policy: policyText({ supervisor: this.supervisor.url, fence, reports: this.reports, ports }),
      },
      [],
    );
    this.writing = setInterval(() => (this.written = this.written.then(() => this.writeJobs())), EVERY_MS);
  }

  /** What a deployment does: the new revision's processes in place of the old one's, all at once. */
  async deploy(): Promise<void> {
    await this.supervisor.switch('mailer-v41', 'mailer-v42');
  }

  /** No job comes any more. */
  async endOfWork(): Promise<void> {
    clearInterval(this.writing);
    await this.written;
  }

  /** How many jobs there are, and how many are not done. */
  async jobs(): Promise<{ readonly all: number; readonly left: number }> {
    const text = 'SELECT count(*)::int AS all, count(*) FILTER (WHERE done_at IS NULL)::int AS left FROM jobs';
    const found = await this.queue?.query<{ all: number; left: number }>(text);
    return found?.rows[0] ?? { all: NaN, left: NaN };
  }

  override async close(): Promise<void> {
    await this.endOfWork();
    await this.queue?.end();
    await this.supervisor.stop();
    this.postgres.kill();
    await super.close();
  }

  private async openQueue(): Promise<string> {
    // The database runs as another user, who has to come through.
    chmodSync(this.dir, 0o711);
    await this.postgres.make((line) => process.stderr.write(`${line}\n`));
    this.postgres.createDatabase('mailer');
    const url = `postgres://mailer@127.0.0.1:${this.postgres.port}/mailer`;
    this.queue = new Client(url);
    await this.queue.connect();
    await this.queue.query(readFileSync(join(RECIPE, 'queue.sql'), 'utf8'));
    return url;
  }

  private async writeJobs(): Promise<void> {
    const text = "INSERT INTO jobs (partition, payload) SELECT number % $1, '{}' FROM generate_series(1, $2) AS number";
    await this.queue?.query(text, [INSTANCES, JOBS_AT_ONCE]);
  }
}

function portsOf(): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: INSTANCES }, () => freePort()));
}

/** Starts a worker of a revision and a number where Prometheus looks for it. */
function startText(handle: string, workers: Readonly<Record<string, readonly number[]>>): string {
  const cases = Object.entries(workers).flatMap(([revision, ports]) =>
    ports.map((port, number) => `  ${revision}-${number}) port=${port} ;;`),
  );
  const worker = join(RECIPE, 'worker.js');
  return ['case "$1-$2" in', ...cases, 'esac', `exec node ${worker} "$1" "$2" "$port" ${handle}`, ''].join('\n');
}
