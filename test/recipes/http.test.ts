import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import { weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { moved, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { until } from '../e2e/support';
import { API_TOKEN, DeploymentApiStub } from './support/deployment-api';
import { startHttpRelay } from './support/http-relay';
import type { HttpRelay } from './support/http-relay';

const PROGRAM = join(__dirname, '..', '..', 'examples', 'recipes', 'http', 'target.js');
const secretOf = (words: string): string => `whsec_${Buffer.from(words).toString('base64')}`;
const SECRET = secretOf('the-secret-of-the-recipe-of-http');
const WITHIN_MS = 30_000;
const dir = mkdtempSync(join(tmpdir(), 'http-recipe-'));
const fence = join(dir, 'fence.json');

const api = new DeploymentApiStub();
let place = '';
let url = '';
let server: ChildProcess;
beforeAll(async () => {
  place = await api.start();
  server = program();
  url = `http://${await listening(server)}`;
});
afterAll(async () => {
  server.kill('SIGTERM');
  await once(server, 'exit');
  await api.stop();
  rmSync(dir, { recursive: true });
});

function program(): ChildProcess {
  const env = { ...process.env, TARGET_SECRET: SECRET, DEPLOYMENT_API_TOKEN: API_TOKEN };
  return spawn(process.execPath, [PROGRAM, '--api', place, '--fence', fence, '--port', '0'], { env });
}

/** Where it says that it listens. */
async function listening({ stdout }: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of stdout ?? []) {
    said += String(chunk);
    const [, address] = /^listening on (\S+)\n/m.exec(said) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`it does not listen: ${said}`);
}

function targetAt(address: string, secret = SECRET): DeploymentTarget {
  const adapter = { type: 'http', url: address, secret: '${env:SECRET}' };
  return createAdapters(testDependencies({ '${env:SECRET}': secret })).target({ name: 'eu', labels: {}, adapter });
}

/** Everything on v42, and nothing of us is remembered. */
async function fresh(): Promise<{ readonly relay: HttpRelay; readonly target: DeploymentTarget }> {
  api.reset();
  rmSync(fence, { force: true });
  const relay = await startHttpRelay(url, () => false);
  return { relay, target: targetAt(relay.url) };
}

describeDeploymentTarget({
  name: 'a deployment API behind a server of the recipe',
  slow: true,
  async create() {
    const { relay, target } = await fresh();
    return {
      target,
      name: 'eu',
      secrets: [SECRET, API_TOKEN],
      shell: { SECRET },
      misbehave(how) {
        api.lags = how === 'lagging';
        api.refusal = undefined;
        if (how === 'refuse') api.refusal = { status: 403, message: 'frozen by ops' };
        if (how === 'telltale') api.refusal = { status: 403, message: `I know ${API_TOKEN}` };
        if (how === 'unavailable') api.refusal = { status: 503, message: API_TOKEN };
        return relay.misbehave(how === 'hang' || how === 'gone' ? how : undefined);
      },
      changes: () => Promise.resolve(api.changes),
      setting: () => Promise.resolve(api.weights()),
      close: relay.close,
    };
  },
  skip: [
    { reason: 'it splits requests in percent', tests: ['units'] },
    { reason: 'whose answers are of no use is shown by the suite of http', tests: ['unreadable', 'oversized'] },
    { reason: 'it sends nobody elsewhere', tests: ['redirect'] },
    { reason: 'whom it does not let in is shown on its own', tests: ['unauthorized'] },
  ],
});

describe('a server before a deployment API', () => {
  let relay: HttpRelay;
  let target: DeploymentTarget;
  beforeEach(async () => ({ relay, target } = await fresh()));
  afterEach(() => relay.close());

  /** A quarter is set, and what carries the traffic does not follow. */
  async function begun(of: DeploymentTarget, change: Parameters<typeof shift>[0] = {}): Promise<void> {
    await ready({ target: of });
    api.lags = true;
    const over = new AbortController();
    const first = of.shift(shift(change), over.signal);
    await until(
      async () => (api.weights()['v41'] === 25 ? true : undefined),
      WITHIN_MS,
      () => `it never set what it was asked: ${JSON.stringify(api.weights())}`,
    );
    over.abort();
    expect(await first).toMatchObject({ outcome: 'unknown' });
  }

  it('lets nobody in who does not sign with its secret, or whose words were signed long ago', async () => {
    const stranger = targetAt(relay.url, secretOf('another-secret-that-is-as-long'));
    await expect(stranger.observe(soon())).rejects.toMatchObject({ code: 'TARGET_UNAUTHORIZED' });
    const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' };
    expect((await fetch(relay.url, { method: 'POST', body: '{}', headers })).status).toBe(401);
    expect((await fetch(relay.url, { method: 'POST', body: '{}' })).status).toBe(401);
    expect(api.changes).toBe(0);
  });

  it('remembers after it was ended what it had begun, goes on with it, and lets nothing late in', async () => {
    await begun(target, { number: 5 });
    server.kill('SIGKILL');
    await once(server, 'exit');
    server = program();
    url = `http://${await listening(server)}`;
    const again = targetAt(url);
    expect((await readFrom(again)).uneven).toBe(true);
    api.lags = false;
    await moved({ target: again }, { number: 5 });
    const late = await settled(() => again.shift(shift({ number: 4, desired: 50, expected: 25 }), soon()));
    expect(late).toMatchObject({ outcome: 'conflict', code: 'LATE_EFFECT' });
    expect([api.weights(), api.changes]).toEqual([{ v42: 75, v41: 25 }, 2]);
  });

  it('leaves alone what somebody sets while its own change has not come about, and says who it was', async () => {
    await begun(target);
    api.change('jane', { weights: { v42: 40, v41: 60 } });
    api.lags = false;
    const result = await settled(() => target.shift(shift(), soon()));
    expect(result).toMatchObject({
      outcome: 'conflict',
      code: 'CHANGED_BY_OTHERS',
      detail: expect.stringMatching(/jane/),
    });
    expect(api.weights()).toEqual({ v42: 40, v41: 60 });
    expect(weightOf(await readFrom(target), 'v41')).toBe(60);
  });

  it('gives no share to a revision of which nothing is ready, and stops no instance of the other', async () => {
    const no = { outcome: 'refused', code: 'NO_CAPACITY', detail: expect.stringContaining('v41') };
    expect(await settled(() => target.shift(shift(), soon()))).toMatchObject(no);
    await ready({ target });
    expect([api.wanted('v42'), api.wanted('v41')]).toEqual([4, 4]);
  });

  it('is the only one that keeps its file', async () => {
    const second = program();
    let said = '';
    second.stderr?.on('data', (chunk) => (said += String(chunk)));
    expect(await once(second, 'close')).toEqual([1, null]);
    expect(said).toContain(`another program keeps ${fence}`);
  });
});
