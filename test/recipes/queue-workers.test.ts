import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import { weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget, EffectResult } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import { expectHarmless } from '../cli/support/no-op';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { moved, readFrom, settled, shift, soon } from '../contract/target-requests';
import { UNITS } from '../contract/target-units';
import { NOW } from '../domain/report/support/views';
import { until } from '../e2e/support';
import { startHttpRelay } from './support/http-relay';
import type { HttpRelay } from './support/http-relay';
import { Supervisor } from './support/supervisor';
import type { Group } from './support/supervisor';
import { misbehaving, NOT_OF_A_PROGRAM, NOTHING_TO_MAKE_READY } from './support/program';

const PROGRAM = join(__dirname, '..', '..', 'examples', 'recipes', 'queue-workers', 'target.js');

/** Sent with every call; this Supervisor asks for none. */
const CREDENTIALS = `mailer:${randomBytes(24).toString('hex')}`;
const REFERENCE = '${env:SUPERVISOR_CREDENTIALS}';
const FAULT = `<member><name>faultString</name><value><string>${CREDENTIALS} may not</string></value></member>`;
const TELLTALE = {
  status: 200,
  body: `<methodResponse><fault><value><struct>${FAULT}</struct></value></fault></methodResponse>`,
};

const GROUPS: readonly Group[] = [
  { name: 'mailer-v42', command: 'sleep 3600', instances: UNITS.total, starts: true, more: 'startsecs=0' },
  { name: 'mailer-v41', command: 'sleep 3600', instances: UNITS.total, starts: false, more: 'startsecs=0' },
  { name: 'mailer-v40', command: 'false', instances: UNITS.total, starts: false, more: 'startretries=0' },
];
const STOPPING_WITHIN_MS = 90_000;
/** Ends, once told to, when there is a file of that name. */
const BUSY = `
const { existsSync } = require('node:fs');
process.once('SIGTERM', () => setInterval(() => existsSync(process.argv[2]) && process.exit(0), 20));
setInterval(() => undefined, 1000);`;

const supervisor = new Supervisor();
const released = join(supervisor.dir, 'released');
let fleets = 0;
beforeAll(async () => {
  const script = join(supervisor.dir, 'busy.js');
  await writeFile(script, BUSY);
  const alike = { instances: 2, more: 'startsecs=0\nstopwaitsecs=60' };
  await supervisor.start([
    ...GROUPS,
    { ...alike, name: 'busy-v42', command: `${process.execPath} ${script} ${released}`, starts: true },
    { ...alike, name: 'busy-v41', command: 'sleep 3600', starts: false },
  ]);
}, 120_000);
afterAll(async () => {
  await writeFile(released, '');
  await supervisor.stop();
});

interface Fleet {
  readonly relay: HttpRelay;
  /** What a policy file says of it. */
  readonly stanza: { readonly type: string };
  readonly target: DeploymentTarget;
}

async function fleet(groups = 'mailer-', granularity = 'units'): Promise<Fleet> {
  const relay = await startHttpRelay(supervisor.url, (_, body) => body.includes('startProcess'));
  const fence = join(supervisor.dir, `fence-${(fleets += 1)}.json`);
  const command = [process.execPath, PROGRAM, '--server', relay.url, '--groups', groups, '--fence', fence];
  const secrets = { SUPERVISOR_CREDENTIALS: REFERENCE };
  const stanza = { type: 'exec', command, secrets, granularity, sticky: true, fenced: true, killAfterMs: 200 };
  const dependencies = testDependencies({ [REFERENCE]: CREDENTIALS });
  return { relay, stanza, target: createAdapters(dependencies).target({ name: 'eu', labels: {}, adapter: stanza }) };
}

/** Everything on v42. */
async function fresh(granularity?: string): Promise<Fleet> {
  await supervisor.switch('mailer-v41', 'mailer-v42');
  return fleet('mailer-', granularity);
}

const names = (revision: string, ...numbers: readonly number[]): readonly string[] =>
  numbers.map((number) => `mailer-${revision}:${number}`);

describeDeploymentTarget({
  name: 'queue workers under Supervisor',
  slow: true,
  async create(units) {
    const { target, relay } = await fresh(units ? 'units' : 'percent');
    const standing: number[] = [];
    return {
      target,
      name: 'eu',
      secrets: [CREDENTIALS],
      shell: { SUPERVISOR_CREDENTIALS: CREDENTIALS },
      misbehave(how) {
        // One that stands still does not hear that it is to end.
        if (how === 'lagging') standing.push(supervisor.pid('mailer-v42:0'));
        for (const pid of standing) process.kill(pid, how === 'lagging' ? 'SIGSTOP' : 'SIGCONT');
        return misbehaving(relay, { telltale: TELLTALE })(how);
      },
      changes: async () => relay.changes.length,
      close: relay.close,
    };
  },
  skip: [
    ...NOT_OF_A_PROGRAM,
    { reason: 'Supervisor has no words of its own to refuse with', tests: ['refuse'] },
    NOTHING_TO_MAKE_READY,
  ],
});

describe('instances of queue workers', () => {
  let relay: HttpRelay;
  let target: DeploymentTarget;
  beforeEach(async () => ({ relay, target } = await fresh()));
  afterEach(() => relay.close());

  it('goes back one after another: those that went stay, and the last that went are the first to return', async () => {
    await moved({ target }, { desired: 25 });
    expect(supervisor.running()).toEqual(expect.arrayContaining([...names('v41', 0, 1), ...names('v42', 2, 7)]));
    await moved({ target }, { number: 3, desired: 50, expected: 25 });
    expect(supervisor.running()).toEqual(expect.arrayContaining([...names('v41', 0, 1, 2, 3), ...names('v42', 4, 7)]));
    await moved({ target }, { number: 4, desired: 12.5, expected: 50 });
    expect(supervisor.running()).toEqual(expect.arrayContaining([...names('v41', 0), ...names('v42', 1, 2, 3, 4)]));
    expect(supervisor.running().filter((name) => name.startsWith('mailer-'))).toHaveLength(UNITS.total);
  });

  it('starts and stops nothing where doctor tries a shift to what runs', async () => {
    const mailers = await fresh();
    const earlier = shift({ epoch: NOW - 120_000, number: 9, desired: 25 });
    expect((await settled(() => mailers.target.shift(earlier, soon()))).outcome).toBe('done');
    const read = async () => ({ running: supervisor.running(), changes: mailers.relay.changes.length });
    const secrets = { SUPERVISOR_CREDENTIALS: CREDENTIALS };
    await expectHarmless({ stanza: mailers.stanza, share: 25, says: '2 of 8 instances (25 %)', read, secrets });
    await mailers.relay.close();
  });

  it('leaves everything as it was where the old revision does not start', async () => {
    const result = await settled(() => target.shift(shift({ revision: { from: 'v42', to: 'v40' } }), soon()));
    expect(result).toMatchObject({
      outcome: 'refused',
      code: 'NO_CAPACITY',
      detail: expect.stringMatching(/mailer-v40:[01]/),
    });
    expect(supervisor.running().filter((name) => name.startsWith('mailer-'))).toEqual(
      names('v42', 0, 1, 2, 3, 4, 5, 6, 7),
    );
    const { revisions } = await readFrom(target);
    expect(revisions.find(({ revision }) => revision === 'v40')?.readyCapacity).toBeLessThan(100);
  });

  it('notices that somebody else has changed an instance since', async () => {
    await moved({ target }, { desired: 25 });
    supervisor.ctl('stop', 'mailer-v41:1');
    supervisor.ctl('start', 'mailer-v42:1');
    expect(await settled(() => target.shift(shift({ desired: 25 }), soon()))).toMatchObject({
      outcome: 'conflict',
      code: 'CHANGED_BY_OTHERS',
      detail: expect.stringContaining('somebody else'),
    });
  });

  it('says what it met where something else than Supervisor answers', async () => {
    await relay.misbehave('unreadable');
    await expect(target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('it answers no XML-RPC'),
    });
  });

  it('lets an instance finish its job, and meanwhile the share before is in force', async () => {
    const busy = await fleet('busy-');
    const over = new AbortController();
    // A busy machine may use up a call's own time before it tells anything to stop; it is asked again then, as ever.
    const asked = async (): Promise<EffectResult> => {
      const result = await busy.target.shift(shift({ desired: 50 }), over.signal);
      return result.outcome === 'unknown' && !over.signal.aborted ? asked() : result;
    };
    const first = asked();
    const isStopping = async () => (supervisor.states().get('busy-v42:0') === 'STOPPING' ? true : undefined);
    await until(isStopping, STOPPING_WITHIN_MS, () => `it is not told to stop: ${[...supervisor.states()].join(' ')}`);
    over.abort();
    expect(await first).toMatchObject({ outcome: 'unknown' });
    expect(supervisor.states().get('busy-v42:0')).toBe('STOPPING');
    expect(weightOf(await readFrom(busy.target), 'v41')).toBe(0);
    await writeFile(released, '');
    const result = await settled(() => busy.target.shift(shift({ desired: 50 }), soon()));
    expect(['done', 'alreadyInState']).toContain(result.outcome);
    expect(supervisor.states().get('busy-v42:0')).toBe('STOPPED');
    expect(weightOf(await readFrom(busy.target), 'v41')).toBe(50);
    await busy.relay.close();
  });
});
