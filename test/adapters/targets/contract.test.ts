import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters, InMemoryTarget } from '../../../src/adapters';
import { describeDeploymentTarget } from '../../contract/deployment-target.contract';
import type { TargetMisbehaviour } from '../../contract/deployment-target.contract';
import { testDependencies } from '../support/dependencies';
import { startTargetServer } from '../support/target-server';
import { freshState } from '../support/target-world';
import type { TargetWorld } from '../support/target-world';

const SECRET = `whsec_${Buffer.from('the-secret-of-the-contract-suite').toString('base64')}`;
const TOKEN = 'token-of-the-contract-suite';

function granularityOf(units: object | undefined): { readonly granularity: 'units' | 'percent' } {
  return { granularity: units ? 'units' : 'percent' };
}

describeDeploymentTarget({
  name: 'http',
  async create(units) {
    const server = await startTargetServer(SECRET, units);
    const adapter = { type: 'http', url: server.url, secret: '${env:SECRET}', ...granularityOf(units) };
    const adapters = createAdapters(testDependencies({ '${env:SECRET}': SECRET }));
    return {
      target: adapters.target({ name: 'eu', labels: {}, adapter }),
      name: 'eu',
      secrets: [SECRET, SECRET.slice(6), 'in-the-query'],
      misbehave: server.misbehave,
      changes: () => Promise.resolve(server.state.changes + server.followed()),
      close: server.close,
      shell: { SECRET, URL_eu: server.url },
    };
  },
});

describeDeploymentTarget({
  name: 'exec',
  async create(units) {
    const folder = await mkdtemp(join(tmpdir(), 'exec-target-'));
    const state = join(folder, 'state.json');
    await writeFile(state, JSON.stringify(freshState(units)));
    const command = [process.execPath, join(__dirname, '..', 'support', 'target-program.js'), state];
    const settings = { secrets: { TOKEN: '${env:TOKEN}' }, fenced: true, killAfterMs: 200 };
    const adapter = { type: 'exec', command, ...settings, ...granularityOf(units) };
    const adapters = createAdapters(testDependencies({ '${env:TOKEN}': TOKEN }));
    const world = async (): Promise<TargetWorld> => JSON.parse(await readFile(state, 'utf8')) as TargetWorld;
    return {
      target: adapters.target({ name: 'eu', labels: {}, adapter }),
      name: 'eu',
      secrets: [TOKEN],
      misbehave: (how: TargetMisbehaviour | undefined) => writeFile(`${state}.fault`, how ?? ''),
      changes: async () => (await world()).changes,
      close: () => rm(folder, { recursive: true }),
      shell: { TOKEN },
    };
  },
  skip: [{ reason: 'a program has no address', tests: ['redirect', 'unauthorized', 'gone'] }],
});

describeDeploymentTarget({
  name: 'in-memory',
  async create(units) {
    const target = new InMemoryTarget({
      name: 'eu',
      now: () => Date.now(),
      revisions: { v42: 100, v41: 0 },
      ...granularityOf(units),
      units,
    });
    return {
      target,
      name: 'eu',
      secrets: [],
      async misbehave(how) {
        if (how === 'hang' || how === undefined) target.fault = how;
        if (how === 'unavailable') target.fault = 'unreachable';
        if (how === 'refuse') target.fault = { refuse: 'frozen by ops' };
      },
      changes: () => Promise.resolve(target.changes),
      close: () => Promise.resolve(),
    };
  },
  skip: [
    {
      reason: 'it lives in the memory of a process, where no shell reaches it',
      tests: ['by hand'],
    },
    { reason: 'it serves what it is set to at once', tests: ['lagging'] },
    {
      reason: 'nothing is sent and nothing is secret',
      tests: ['unreadable', 'oversized', 'redirect', 'unauthorized', 'gone', 'telltale'],
    },
  ],
});
