import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import { weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget } from '../../src/ports';
import { freePort } from '../../src/temporal';
import { testDependencies } from '../adapters/support/dependencies';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { moved, readFrom, settled, shift, soon } from '../contract/target-requests';
import { UNITS } from '../contract/target-units';
import { until } from '../e2e/support';
import { TcpGate } from '../support/tcp-gate';
import { QueueDatabase } from './support/queue-database';
import { NOT_OF_A_PROGRAM, NOTHING_TO_MAKE_READY } from './support/program';

const RECIPE = join(__dirname, '..', '..', 'examples', 'recipes', 'queue-partitions');
const WITHIN_MS = 60_000;
/** With packages of Debian's to be installed first, after those of other suites. */
const LONGEST_MS = 15 * 60_000;
/** A job is in hand for as long as there is a file of its partition's number. */
const HANDLE = `
const { existsSync } = require('node:fs');
const { join } = require('node:path');
exports.handle = async ({ payload }) => {
  while (existsSync(join(__dirname, 'busy-' + payload.partition))) await new Promise((fulfilled) => setTimeout(fulfilled, 20));
};`;
/** Told to a database that trusts everybody. */
const PASSWORD = randomBytes(24).toString('hex');
const REFERENCE = '${env:DATABASE_URL}';
/** Times that partitions were assigned. */
const CHANGES = `CREATE TABLE changes (at timestamptz DEFAULT now());
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN INSERT INTO changes DEFAULT VALUES; RETURN NULL; END';
  CREATE TRIGGER noted AFTER UPDATE ON partitions FOR EACH STATEMENT EXECUTE FUNCTION note()`;

const dir = mkdtempSync(join(tmpdir(), 'partitions-'));
const queue = new QueueDatabase(dir);
const consumers = new Map<string, ChildProcess>();
beforeAll(async () => {
  await queue.open(join('queue-workers', 'queue.sql'), join('queue-partitions', 'partitions.sql'));
  await queue.query(CHANGES);
  writeFileSync(join(dir, 'handle.js'), HANDLE);
  for (const revision of ['v42', 'v41']) for (const one of ['a', 'b']) await hire(`${revision}${one}`, revision, 8);
  await hire('v40', 'v40', 1);
}, LONGEST_MS);
afterAll(async () => {
  consumers.forEach((consumer) => consumer.kill('SIGKILL'));
  await queue.close();
  rmSync(dir, { recursive: true, force: true });
});

async function hire(name: string, revision: string, room: number): Promise<void> {
  const port = await freePort();
  const command = [join(RECIPE, 'consumer.js'), revision, String(room), String(port), join(dir, 'handle.js')];
  const env = { ...process.env, DATABASE_URL: queue.url };
  consumers.set(name, spawn(process.execPath, command, { env, stdio: 'ignore' }));
  const serves = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}`)).ok;
  await eventually(`${name} consumes`, () => serves().catch(() => false));
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  await until(
    async () => ((await holds()) ? true : undefined),
    WITHIN_MS,
    () => `never: ${what}`,
  );
}

/** The revision that consumes each partition, and which process of the database it is. */
async function held(): Promise<readonly { readonly revision: string; readonly pid: number }[]> {
  return queue.query(`SELECT split_part(application_name, ' ', 3) AS revision, pid
    FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted ORDER BY objid`);
}

const consumedBy = async (): Promise<string> => (await held()).map(({ revision }) => revision).join(' ');
const all = (revision: string): string => Array.from({ length: UNITS.total }, () => revision).join(' ');

const urlOf = (address: string, user = 'mailer'): string => `postgres://${user}:${PASSWORD}@${address}/mailer`;

function targetAt(address: string, granularity = 'units', user = 'mailer'): DeploymentTarget {
  const command = [process.execPath, join(RECIPE, 'target.js')];
  const secrets = { DATABASE_URL: REFERENCE };
  const adapter = { type: 'exec', command, secrets, granularity, sticky: true, fenced: true, killAfterMs: 200 };
  const dependencies = testDependencies({ [REFERENCE]: urlOf(address, user) });
  return createAdapters(dependencies).target({ name: 'eu', labels: {}, adapter });
}

/** Everything on v42, and consumed by it. */
async function fresh(): Promise<DeploymentTarget> {
  await queue.query("UPDATE partitions SET revision = 'v42'");
  await queue.query('UPDATE newest_effect SET record = NULL');
  await eventually('v42 consumes everything', async () => (await consumedBy()) === all('v42'));
  await queue.query('DELETE FROM changes');
  return targetAt(queue.address);
}

const busyWith = (partition: number): string => join(dir, `busy-${partition}`);

/** Gives that partition a job, and waits until somebody has it in hand. */
async function occupy(partition: number): Promise<void> {
  writeFileSync(busyWith(partition), '');
  const payload = JSON.stringify({ partition });
  await queue.query('INSERT INTO jobs (partition, payload) VALUES ($1, $2)', [partition, payload]);
  const inHand = async (): Promise<boolean> =>
    (await queue.query('SELECT FROM jobs WHERE done_at IS NULL FOR UPDATE SKIP LOCKED')).length === 0;
  await eventually('the job is in hand', inHand);
}

describeDeploymentTarget({
  name: 'the partitions of a queue',
  slow: true,
  async create(units) {
    await fresh();
    const gate = new TcpGate();
    await gate.open(queue.address);
    return {
      target: targetAt(gate.address, units ? 'units' : 'percent'),
      name: 'eu',
      secrets: [PASSWORD],
      shell: { DATABASE_URL: urlOf(gate.address) },
      misbehave: async (how) => {
        if (how === 'lagging') await occupy(0);
        else rmSync(busyWith(0), { force: true });
        if (how === 'hang') gate.cut();
        else if (how === 'gone') gate.close();
        else gate.heal();
      },
      changes: async () => (await queue.query('SELECT * FROM changes')).length,
      close: async () => gate.close(),
    };
  },
  skip: [
    ...NOT_OF_A_PROGRAM,
    { reason: 'a database says nothing of the password that it is told', tests: ['telltale'] },
    { reason: 'a database that is not available cannot be reached', tests: ['unavailable'] },
    { reason: 'a database has no words of its own to refuse with', tests: ['refuse'] },
    NOTHING_TO_MAKE_READY,
  ],
});

describe('partitions of a queue', () => {
  let target: DeploymentTarget;
  beforeEach(async () => (target = await fresh()));

  it('go back one after another: those that went stay, and the last that went are the first to return', async () => {
    await moved({ target }, { desired: 25 });
    expect(await consumedBy()).toBe('v41 v41 v42 v42 v42 v42 v42 v42');
    await moved({ target }, { number: 3, desired: 50, expected: 25 });
    expect(await consumedBy()).toBe('v41 v41 v41 v41 v42 v42 v42 v42');
    await moved({ target }, { number: 4, desired: 12.5, expected: 50 });
    expect(await consumedBy()).toBe('v41 v42 v42 v42 v42 v42 v42 v42');
  });

  it('are consumed by the old revision only when the job in hand is done, and until then the share before is in force', async () => {
    await occupy(0);
    expect(await target.shift(shift({ desired: 25 }), AbortSignal.timeout(3_000))).toMatchObject({
      outcome: 'unknown',
    });
    expect(weightOf(await readFrom(target), 'v41')).toBe(0);
    expect((await consumedBy()).split(' ')[0]).toBe('v42');
    rmSync(busyWith(0));
    const result = await settled(() => target.shift(shift({ desired: 25 }), soon()));
    expect(['done', 'alreadyInState']).toContain(result.outcome);
    expect(await consumedBy()).toBe('v41 v41 v42 v42 v42 v42 v42 v42');
    expect(await queue.query('SELECT FROM jobs WHERE done_at IS NULL')).toEqual([]);
  });

  it('go on with another consumer of their revision where one dies, and nobody sees a change', async () => {
    await moved({ target }, { desired: 25 });
    const [before] = await held();
    await queue.query('SELECT pg_terminate_backend($1)', [before?.pid]);
    expect(weightOf(await readFrom(target), 'v41')).toBe(25);
    const [after] = await held();
    expect([after?.revision, after?.pid === before?.pid]).toEqual(['v41', false]);
  });

  it('that nobody consumes count for nobody, whoever they are assigned to', async () => {
    await queue.query("UPDATE partitions SET revision = 'v39' WHERE number < 2");
    const reading = await readFrom(target);
    expect([weightOf(reading, 'v39'), weightOf(reading, 'v42')]).toEqual([0, 75]);
  });

  it('stay where they are where the old revision has no room for them', async () => {
    const pair = { from: 'v42', to: 'v40' };
    expect(await settled(() => target.shift(shift({ revision: pair, desired: 25 }), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'NO_CAPACITY',
      detail: 'the consumers of v40 have room for 1 partitions, not for 2: start more of them',
    });
    expect(await consumedBy()).toBe(all('v42'));
    await moved({ target }, { revision: pair, desired: 12.5 });
    expect((await consumedBy()).split(' ')[0]).toBe('v40');
  });

  it('need no more rights than to read and write who may take what, and the newest effect', async () => {
    await queue.query('CREATE ROLE ordinary LOGIN');
    const ordinary = targetAt(queue.address, 'units', 'ordinary');
    await expect(ordinary.observe(soon())).rejects.toMatchObject({
      message: expect.stringContaining('permission denied for table partitions'),
    });
    await queue.query('GRANT SELECT, UPDATE ON partitions, newest_effect TO ordinary');
    await moved({ target: ordinary }, { desired: 25 });
    expect(await consumedBy()).toBe('v41 v41 v42 v42 v42 v42 v42 v42');
  });

  it('that somebody else has assigned since are a conflict', async () => {
    await moved({ target }, { desired: 25 });
    await queue.query("UPDATE partitions SET revision = 'v42' WHERE number = 1");
    await eventually('v42 consumes it', async () => (await consumedBy()).startsWith('v41 v42'));
    expect(await settled(() => target.shift(shift({ desired: 25 }), soon()))).toMatchObject({
      outcome: 'conflict',
      code: 'CHANGED_BY_OTHERS',
      detail: expect.stringContaining('somebody else'),
    });
  });
});
