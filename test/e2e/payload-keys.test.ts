import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { connect, freePort } from '../../src/temporal';
import type { TemporalConnection } from '../../src/temporal';
import { readableIn } from '../client/readable-in';
import { phasedRollback, Running, until } from './support';
import type { Ran } from './support';

const LONGEST_MS = 600_000;
const A = `a:${randomBytes(32).toString('base64')}`;
const B = `b:${randomBytes(32).toString('base64')}`;
const ROLLBACK = 'rollback/prod/checkout/1';
const SERVICE = 'service/prod/checkout';

interface Shown {
  readonly kind?: string;
  readonly view?: { readonly wait?: { readonly id: string; readonly for: string }; readonly end?: object };
}

describe('worker, gateway and command line over a change of keys', () => {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-keys-'));
  const config = join(dir, 'phased-rollback.yaml');
  const address = process.env.TEST_TEMPORAL_ADDRESS ?? '';
  const namespace = `keys-${process.pid}`;
  let temporal: TemporalConnection;
  let worker: Running | undefined;
  let gateway: Running | undefined;
  let url = '';
  let keys = '';

  const env = (): NodeJS.ProcessEnv => ({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    PHASED_ROLLBACK_CONFIG: config,
    PHASED_ROLLBACK_PAYLOAD_KEYS: keys,
  });
  const run = (...args: readonly string[]): Promise<Ran> => phasedRollback(args, env());

  async function get(path: string): Promise<{ readonly status: number; readonly body: Shown & { code?: string } }> {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: (await response.json()) as Shown & { code?: string } };
  }

  async function stop(): Promise<void> {
    for (const process of [worker, gateway]) process?.signal('SIGTERM');
    await Promise.all([worker?.ended, gateway?.ended]);
  }

  /** Everybody is started anew with these keys. */
  async function withKeys(text: string): Promise<void> {
    await stop();
    keys = text;
    worker = new Running(['worker'], env());
    gateway = new Running(['gateway'], env());
    await Promise.all([worker.untilSaid(/worker ready/), gateway.untilSaid(/gateway ready/)]);
  }

  /** Waits until the rollback waits for a person, in another wait than that one. */
  function untilItWaits(otherThan?: string): Promise<string> {
    return until(
      async () => {
        const { wait } = (await get('/v1/rollbacks/prod/checkout/1')).body.view ?? {};
        return wait?.for === 'fault' && wait.id !== otherThan ? wait.id : undefined;
      },
      LONGEST_MS,
      () => `it never waited:\n${worker?.said.slice(-2_000)}`,
    );
  }

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const command = [process.execPath, join(__dirname, 'leaky-target.js')];
    writeFileSync(
      config,
      stringify({
        apiVersion: 'phased-rollback/v1',
        gateway: { port },
        services: [
          {
            name: 'checkout',
            targets: [{ name: 'us', type: 'exec', command }],
            archive: { type: 'directory', path: join(dir, 'reports') },
            timing: { interval: '100ms', settle: '100ms', longestBake: '5s', soak: '1s' },
          },
        ],
      }),
    );
    expect((await run('setup')).exit).toBe(0);
    temporal = await connect({ address, namespace });
  }, LONGEST_MS);

  afterAll(async () => {
    await stop();
    await temporal?.close();
    rmSync(dir, { recursive: true, force: true });
  }, LONGEST_MS);

  it(
    'seal what comes, read what was, say which key they lack, and lose nothing',
    async () => {
      await withKeys('');
      expect((await run('release', 'prod/checkout', 'v42', '--reason', 'before-keys')).exit).toBe(0);

      await withKeys(A);
      const start = ['start', 'prod/checkout', '--from', 'v42', '--to', 'v41'];
      expect((await run(...start, '--reason', 'under-a')).exit).toBe(0);
      const first = await untilItWaits();
      expect(await readableIn(temporal.client, SERVICE)).toContain('before-keys');
      expect(await readableIn(temporal.client, SERVICE)).not.toContain('under-a');

      await withKeys(`${B},${A}`);
      const retry = ['retry', 'prod/checkout', '--wait', first, '--reason', 'under-b'];
      expect(await run(...retry)).toMatchObject({ exit: 0 });
      const second = await untilItWaits(first);
      expect(second).not.toBe(first);

      await withKeys(B);
      const lacking = 'sealed with key a, which is not given here (b is)';
      for (const command of [['status', 'prod/checkout/1'], ['status', 'prod/checkout'], ['list']]) {
        const { exit, out, err } = await run(...command);
        expect({ command, exit, said: err.includes(lacking), trace: /^\s+at /m.test(out + err) }).toEqual({
          command,
          exit: 2,
          said: true,
          trace: false,
        });
      }
      for (const path of ['/v1/rollbacks', '/v1/rollbacks/prod/checkout/1']) {
        expect(await get(path)).toMatchObject({
          status: 503,
          body: { code: 'PAYLOADS_SEALED', detail: expect.stringContaining(lacking) as string },
        });
      }
      const kept = await run('pause', 'prod/checkout/1', '--reason', 'meanwhile');
      expect({ exit: kept.exit, said: kept.err.includes(lacking) }).toEqual({ exit: 3, said: true });

      const sealed = await readableIn(temporal.client, ROLLBACK);
      for (const word of ['under-a', 'under-b', 'meanwhile', 'harmless-marker']) expect(sealed).not.toContain(word);

      await withKeys(`none,${B},${A}`);
      // Durable either way: Temporal tries what was stuck again by a timer of its own, which may outlast the command.
      expect([0, 3]).toContain((await run('abort', 'prod/checkout', '--reason', 'readable-again')).exit);
      const report = await until(
        async () =>
          (await get('/v1/rollbacks/prod/checkout/1')).body.view?.end ? run('report', 'prod/checkout') : undefined,
        LONGEST_MS,
        () => `it never ended:\n${worker?.said.slice(-2_000)}`,
      );
      for (const word of ['under-a', 'under-b', 'meanwhile', 'readable-again']) expect(report.out).toContain(word);
      expect(await readableIn(temporal.client, ROLLBACK)).toContain('readable-again');
    },
    LONGEST_MS,
  );
});
