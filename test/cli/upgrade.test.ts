import { readOwnBuild } from '../../src/cli/build-names';
import { FakeDoor, FakeDeployments, say } from './support/fake-cli';

const USUAL = { USER: 'ada', PHASED_ROLLBACK_CONFIG: '/nonexistent/policy.yaml' };
const BUNDLE = __filename;
const a = { deployment: 'phased-rollback', buildId: 'a' };

function door(change: Partial<FakeDeployments> = {}): FakeDoor & { readonly deployments: FakeDeployments } {
  return Object.assign(new FakeDoor(), { deployments: Object.assign(new FakeDeployments(), change) });
}

describe('phased-rollback upgrade', () => {
  it('shows every build with what runs on it, and which may be stopped', async () => {
    const said = await say(['upgrade'], {
      door: door({
        known: [
          { buildId: 'b', state: 'current' },
          { buildId: 'a', state: 'draining' },
          { buildId: '9', state: 'drained' },
        ],
        open: [
          { workflowId: 'rollback/prod/checkout/7', runId: 'r', how: 'pinned', build: a },
          { workflowId: 'service/prod/checkout', runId: 's', how: 'follows', build: { ...a, buildId: 'b' } },
        ],
        withoutWorker: ['9'],
      }),
    });
    expect(said).toMatchObject({ exit: 0, err: '' });
    expect(said.out).toBe(
      [
        'BUILD  STATE     WORKERS  RUNS',
        'b      current   seen     1',
        'a      draining  seen     1',
        '9      drained   none     0     nothing runs on it: its workers may be stopped',
        '',
        'RUN                       BUILD',
        'rollback/prod/checkout/7  a      stays until it is moved',
        'service/prod/checkout     b      follows the current build',
        '',
      ].join('\n'),
    );
  });

  it('says so where workers are not versioned', async () => {
    const said = await say(['upgrade', '--deployment', 'mine'], { door: door() });
    expect(said.out).toBe('no worker of a build of mine has ever come: workers are not versioned\n\nnothing runs\n');
  });

  it('makes a build current where nothing has to be replayed', async () => {
    const system = door();
    const said = await say(['upgrade', '--to', 'b', '--bundle', BUNDLE, '-o', 'json'], { door: system });
    expect(said.exit).toBe(0);
    expect(JSON.parse(said.out)).toMatchObject({ about: 'b', result: 'applied' });
    expect(system.deployments.done).toEqual(['current b']);
  });

  it('moves nothing that is there already, and nothing that does not run', async () => {
    const system = door({ open: [{ workflowId: 'rollback/prod/checkout/7', runId: 'r', how: 'pinned', build: a }] });
    const to = (name: string) => say(['upgrade', name, '--to', 'a', '--bundle', BUNDLE], { door: system });
    expect(await to('prod/checkout')).toMatchObject({ exit: 0, out: 'prod/checkout/7 is on build a already\n' });
    expect(await to('prod/checkout/6')).toMatchObject({ exit: 1, err: expect.stringContaining('NOT_RUNNING') });
    expect(system.deployments.done).toEqual([]);
  });

  it.each([
    [['prod/checkout'], USUAL, /say where to: phased-rollback upgrade prod\/checkout --to <build-id>/],
    [['--to', 'no good'], USUAL, /"no good" is not the id of a build: write/],
    [['--deployment', 'a.b'], USUAL, /"a\.b" is not the name of a deployment: write/],
    [['--to', 'b', '--bundle', '/nonexistent.js'], USUAL, /--bundle \/nonexistent\.js: there is no such file/],
    [['--to', 'b'], { ...USUAL, TEMPORAL_WORKER_BUILD_ID: 'a' }, /this installation is build a .* name its --bundle/],
  ])('refuses %j as it is written, before it asks anybody', async (args, env, message) => {
    const system = door();
    const said = await say(['upgrade', ...args], { door: system, env });
    expect(said).toMatchObject({ exit: 2, err: expect.stringMatching(message) });
    expect(system.closed).toBe(0);
  });
});

describe('the build that a worker is', () => {
  it('is none until somebody names one', () => {
    expect(readOwnBuild({}, {})).toBeUndefined();
    expect(readOwnBuild({}, { TEMPORAL_WORKER_BUILD_ID: '', TEMPORAL_DEPLOYMENT_NAME: '' })).toBeUndefined();
  });

  it('is what the command line says, else what the variables of the worker controller say', () => {
    const env = { TEMPORAL_WORKER_BUILD_ID: '1.4.0', TEMPORAL_DEPLOYMENT_NAME: 'ours' };
    expect(readOwnBuild({}, env)).toEqual({ deployment: 'ours', buildId: '1.4.0' });
    expect(readOwnBuild({ deployment: 'mine', buildId: 'x' }, env)).toEqual({ deployment: 'mine', buildId: 'x' });
    expect(readOwnBuild({ buildId: 'x' }, {})).toEqual({ deployment: 'phased-rollback', buildId: 'x' });
  });

  it('is asked for where only the deployment is named', () => {
    expect(() => readOwnBuild({ deployment: 'mine' }, {})).toThrow(/deployment mine is named, but .* add --build-id/);
  });
});
