import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/temporal';
import { phasedRollback, Running, until } from './support';

const LONGEST_MS = 300_000;

describe('dev, and the commands beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phased-rollback-dev-'));
  const config = join(folder, 'policy.yaml');
  const stateDir = join(folder, 'state');
  const running: Running[] = [];
  let gateway = '';

  beforeAll(async () => {
    const port = await freePort();
    gateway = `http://127.0.0.1:${port}`;
    writeFileSync(
      config,
      `apiVersion: phased-rollback/v1
gateway: { host: 127.0.0.1, port: ${port} }
services:
  - name: checkout
    targets: [{ name: eu, type: http, url: 'http://127.0.0.1:1/' }]
    archive: { type: directory, path: '${join(folder, 'reports')}' }
`,
    );
  });

  afterAll(async () => {
    // In order, so that the embedded server ends too.
    for (const each of running) each.signal('SIGINT');
    await Promise.all(running.map((each) => each.ended));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }, LONGEST_MS);

  async function dev(): Promise<{ readonly running: Running; readonly env: NodeJS.ProcessEnv }> {
    const started = new Running(['dev', '--state-dir', stateDir, '--config', config]);
    running.push(started);
    const [, address] = await started.untilSaid(/TEMPORAL_ADDRESS=(\S+)/);
    await until(ready, LONGEST_MS, () => `the gateway never got ready:\n${started.said}`);
    return { running: started, env: { TEMPORAL_ADDRESS: address, PHASED_ROLLBACK_CONFIG: config } };
  }

  async function ready(): Promise<true | undefined> {
    return fetch(`${gateway}/readyz`).then(
      (answer) => (answer.ok ? true : undefined),
      () => undefined,
    );
  }

  async function releases(): Promise<readonly unknown[] | undefined> {
    const answer = await fetch(`${gateway}/v1/services/prod/checkout`).catch(() => undefined);
    return answer?.ok ? ((await answer.json()) as { releases: readonly unknown[] }).releases : undefined;
  }

  it(
    'keeps what a service knows over an end and a new start',
    async () => {
      const first = await dev();
      const told = await phasedRollback(
        ['release', 'prod/checkout', 'v41', '--from', '2026-01-01T00:00:00Z'],
        first.env,
      );
      expect(told).toMatchObject({ exit: 0, err: '' });
      first.running.signal('SIGINT');
      expect(await first.running.ended).toBe(0);
      expect(await ready()).toBeUndefined();

      const second = await dev();
      const known = await until(releases, LONGEST_MS, () => `nothing is known:\n${second.running.said}`);
      expect(known).toMatchObject([{ revision: 'v41' }]);
    },
    LONGEST_MS,
  );

  it(
    'refuses a second one in the same folder, and leaves the first alone',
    async () => {
      const second = await phasedRollback(['dev', '--state-dir', stateDir, '--config', config]);
      expect(second.exit).toBe(2);
      expect(second.err).toContain('already runs a Temporal server');
      expect(second.err).not.toContain('    at ');
      expect(await ready()).toBe(true);
    },
    LONGEST_MS,
  );

  it(
    'ends all of it when it is killed, at the latest at the next start',
    async () => {
      running.at(-1)!.signal('SIGKILL');
      await running.at(-1)!.ended;
      const again = await dev();
      expect(await until(releases, LONGEST_MS, () => 'nothing is known')).toHaveLength(1);
      const doctor = await phasedRollback(['doctor'], again.env);
      expect(doctor.out).toMatch(/Temporal|server/);
      expect(doctor.out).toContain('eu');
    },
    LONGEST_MS,
  );

  it(
    'makes a namespace ready, as often as one likes',
    async () => {
      const { env } = { env: { TEMPORAL_ADDRESS: /TEMPORAL_ADDRESS=(\S+)/.exec(running.at(-1)!.said)![1] } };
      const bare = { ...env, TEMPORAL_NAMESPACE: 'orders' };
      const missing = await phasedRollback(['worker', '--config', config], bare);
      expect(missing).toMatchObject({ exit: 2, err: expect.stringContaining('phased-rollback setup') as string });
      expect(missing.err).not.toContain('    at ');
      for (const _ of ['once', 'again']) {
        expect(await phasedRollback(['setup'], bare)).toMatchObject({ exit: 0 });
      }
    },
    LONGEST_MS,
  );

  it.each([
    ['no server', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'cannot be reached', 5],
    [
      'a certificate that is not there',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem' },
      'settings cannot be used',
      2,
    ],
  ])(
    'says %s in one line',
    async (_what, env, words, exit) => {
      const said = await phasedRollback(['setup'], env);
      expect(said.exit).toBe(exit);
      expect(said.err).toContain(words);
      expect(said.err).not.toContain('    at ');
    },
    LONGEST_MS,
  );
});
