import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/temporal';
import { until } from '../e2e/support';
import { QueueDatabase } from './support/queue-database';

const RECIPE = join(__dirname, '..', '..', 'examples', 'recipes', 'queue-workers');
const WITHIN_MS = 40_000;
/** With packages of Debian's to be installed first, after those of other suites. */
const LONGEST_MS = 15 * 60_000;
/** Tells which job it has, and is done when there is a file that says so; v42 fails every job. */
const HANDLE = `
const { appendFileSync, existsSync } = require('node:fs');
const { join } = require('node:path');
exports.handle = async (job, revision) => {
  appendFileSync(join(__dirname, 'taken'), revision + ' ' + job.id + '\\n');
  while (!existsSync(join(__dirname, 'go'))) await new Promise((fulfilled) => setTimeout(fulfilled, 20));
  if (revision === 'v42') throw new Error('bad release');
};`;

const dir = mkdtempSync(join(tmpdir(), 'queue-'));
const queue = new QueueDatabase(dir);
const workers: ChildProcess[] = [];
beforeAll(async () => {
  await queue.open(join('queue-workers', 'queue.sql'));
  writeFileSync(join(dir, 'handle.js'), HANDLE);
}, LONGEST_MS);
afterAll(async () => {
  workers.forEach((worker) => worker.kill('SIGKILL'));
  await queue.close();
  rmSync(dir, { recursive: true, force: true });
});

async function hire(revision: string) {
  const port = await freePort();
  const command = [join(RECIPE, 'worker.js'), revision, '3', String(port), join(dir, 'handle.js')];
  const worker = spawn(process.execPath, command, {
    env: { ...process.env, DATABASE_URL: queue.url },
    stdio: 'ignore',
  });
  workers.push(worker);
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { worker, ended, page };
}

const taken = (): string => readFileSync(join(dir, 'taken'), 'utf8');
const eventually = <T>(what: string, look: () => Promise<T | undefined>): Promise<T> =>
  until(look, WITHIN_MS, () => `never: ${what}`);

async function left(): Promise<number> {
  const rows = await queue.query<{ left: number }>('SELECT count(*)::int AS left FROM jobs WHERE done_at IS NULL');
  return rows[0]?.left ?? NaN;
}

async function unlocked(): Promise<number> {
  return (await queue.query('SELECT id FROM jobs FOR UPDATE SKIP LOCKED')).length;
}

it('loses no job, whether its worker is killed, told to end or fails it, and tells its counts', async () => {
  writeFileSync(join(dir, 'taken'), '');
  await queue.query("INSERT INTO jobs (partition, payload) SELECT 3, '{}' FROM generate_series(1, 3)");
  const killed = await hire('v42');
  await eventually('a job is in hand', async () => (taken().includes('v42 1') ? true : undefined));
  killed.worker.kill('SIGKILL');
  await killed.ended;
  expect(await left()).toBe(3);
  // The database hears of its end in its own time.
  await eventually('no job is locked', async () => ((await unlocked()) === 3 ? true : undefined));

  const stopped = await hire('v42');
  await eventually('the same job again', async () => (taken() === 'v42 1\nv42 1\n' ? true : undefined));
  expect(await stopped.page()).toContain('jobs_processed_total{version="v42",partition="3"} 1');
  stopped.worker.kill('SIGTERM');
  expect(stopped.worker.exitCode).toBeNull();
  writeFileSync(join(dir, 'go'), '');
  await stopped.ended;
  expect([await left(), stopped.worker.exitCode, taken()]).toEqual([3, 0, 'v42 1\nv42 1\n']);

  const old = await hire('v41');
  await eventually('all are done', async () => ((await left()) === 0 ? true : undefined));
  const page = await old.page();
  expect(page).toContain('jobs_processed_total{version="v41",partition="3"} 3');
  expect(page).toContain('jobs_failed_total{version="v41",partition="3"} 0');
  expect(page).toContain('jobs_oldest_seconds{version="v41",partition="3"} 0');
});
