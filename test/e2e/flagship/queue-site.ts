import type { StatusView } from '../../../src/domain/rollback/status-view';
import { freePort } from '../../../src/temporal';
import { QueueDatabase } from '../../recipes/support/queue-database';
import { until } from '../support';
import { policyText, prometheusText, RULES } from './queue-texts';
import type { RecipeName } from './queue-texts';
import { Site } from './site';
import type { SitePorts } from './site';
import { alertmanagerText } from './texts';

const JOBS_AT_ONCE = 8;
const EVERY_MS = 200;
const PATIENCE_MS = 240_000;
/** Does nothing with a job, for as long as the files beside it say, and fails as often. */
const HANDLE = `
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');
const told = (name, revision) => JSON.parse(readFileSync(join(__dirname, name), 'utf8'))[revision] ?? 0;
let due = 0;
exports.handle = async (_job, revision) => {
  await pause(told('takes.json', revision));
  due += told('faults.json', revision);
  if (due < 1) return;
  due -= 1;
  throw new Error('the mail server refuses it');
};
`;

/** A queue in PostgreSQL with a customer who writes, by one of the recipes; who takes its jobs is for others to add. */
export class QueueSite extends Site {
  protected readonly database = new QueueDatabase(this.dir);
  private readonly partitions: number;
  private writing: NodeJS.Timeout | undefined;
  private written = Promise.resolve();

  constructor(partitions: number) {
    super();
    this.partitions = partitions;
  }

  /** The queue, and the path of what does a job. */
  protected async openQueue(...schemas: readonly string[]): Promise<string> {
    this.fail({});
    this.slow({});
    await this.database.open(...schemas);
    return this.write('handle.js', HANDLE);
  }

  /** What stands around it, by the recipe's policy. `lag`: how many seconds are too many; as many as it says without. */
  protected async openSite(of: {
    readonly recipe: RecipeName;
    readonly command: readonly string[];
    readonly workers: readonly number[];
    readonly ports: SitePorts;
    readonly lag?: number;
  }): Promise<void> {
    const texts = {
      prometheus: prometheusText(of.workers, of.ports),
      rules: RULES,
      alertmanager: alertmanagerText(this.gatewayUrl),
      policy: policyText({ ...of, reports: this.reports }),
    };
    await this.openAround(texts, []);
    this.writing = setInterval(() => (this.written = this.written.then(() => this.writeJobs())), EVERY_MS);
  }

  /** From now on a job takes each revision that many milliseconds. */
  slow(takes: Readonly<Record<string, number>>): void {
    this.write('takes.json', JSON.stringify(takes));
  }

  private async endOfWork(): Promise<void> {
    clearInterval(this.writing);
    await this.written;
  }

  /** Ends the work, and tells how many jobs there were once each is done. */
  async untilAllDone(): Promise<number> {
    await this.endOfWork();
    const text = 'SELECT count(*)::int AS all, count(*) FILTER (WHERE done_at IS NULL)::int AS left FROM jobs';
    const isDone = async (): Promise<number | undefined> => {
      const [found] = await this.database.query<{ all: number; left: number }>(text);
      return found?.left === 0 ? found.all : undefined;
    };
    return until(isDone, PATIENCE_MS, () => 'some jobs were never done');
  }

  /** What is seen while the first phase is watched: still watched after the look, so that nothing moved in it. */
  whileFirstPhase<T>(look: () => Promise<T>): Promise<T> {
    const seen = async (): Promise<T | undefined> => {
      if (!(await this.watchesFirstPhase())) return undefined;
      const found = await look();
      return (await this.watchesFirstPhase()) ? found : undefined;
    };
    return until(seen, PATIENCE_MS, () => 'the first phase was never watched');
  }

  override async close(): Promise<void> {
    await this.endOfWork();
    await this.database.close();
    await super.close();
  }

  private async watchesFirstPhase(): Promise<boolean> {
    const told = await (await fetch(`${this.gatewayUrl}/v1/rollbacks/prod/mailer/1`)).json();
    const { view } = told as { readonly view?: StatusView };
    return view?.doing === 'WATCHING' && view.phase?.number === 1;
  }

  private async writeJobs(): Promise<void> {
    const text = "INSERT INTO jobs (partition, payload) SELECT number % $1, '{}' FROM generate_series(1, $2) AS number";
    await this.database.query(text, [this.partitions, JOBS_AT_ONCE]);
  }
}

/** That many ports that nobody has. */
export function portsOf(count: number): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: count }, () => freePort()));
}
