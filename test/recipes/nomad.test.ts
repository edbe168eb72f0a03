import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import { capacityOf, weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, moved, readFrom, saysWayOut, settled, shift, soon, within } from '../contract/target-requests';
import { runByHand, scriptFor } from '../kubernetes/support/by-hand';
import { eventually } from '../kubernetes/support/fleet';
import { describeWhere } from '../tools/installed';
import { noNomad } from '../tools/nomad';
import { startHttpRelay } from './support/http-relay';
import { Nomad } from './support/nomad';
import type { Version } from './support/nomad';
import { misbehaving, NOT_OF_A_PROGRAM, NOTHING_TO_MAKE_READY } from './support/program';

const RECIPE = join(__dirname, '..', '..', 'examples', 'recipes', 'nomad');
const TOKEN = '${env:NOMAD_TOKEN}';
const PAIR = { from: 'v42', to: 'v41' };
const BACK = { desired: 100 };
const SECOND = 1_000_000_000;

describeWhere(noNomad(), 'Nomad', () => {
  const nomad = new Nomad();
  const dir = mkdtempSync(join(tmpdir(), 'nomad-test-'));
  let token = '';
  let jobs = 0;
  const freshJob = (): string => `shop-${(jobs += 1)}`;
  beforeAll(async () => {
    await nomad.start();
    token = await nomad.tokenFor(join(RECIPE, 'policy.hcl'));
  }, 600_000);
  afterAll(async () => {
    await nomad.stop();
    rmSync(dir, { recursive: true });
  });

  interface Place {
    readonly url?: string;
    readonly revision?: string;
    readonly as?: string;
    readonly variable?: string;
  }

  function targetOf(job: string, place: Place = {}): DeploymentTarget {
    const { url = nomad.url, revision = 'meta.version', as = token, variable } = place;
    const program = [process.execPath, join(RECIPE, 'target.js'), '--job', job, '--revision', revision];
    const named = variable === undefined ? [] : ['--variable', variable];
    const command = ['env', `NOMAD_ADDR=${url}`, ...program, ...named];
    const secrets = { NOMAD_TOKEN: TOKEN };
    const adapter = { type: 'exec', command, secrets, granularity: 'all', fenced: true, killAfterMs: 200 };
    return createAdapters(testDependencies({ [TOKEN]: as })).target({ name: 'eu', labels: {}, adapter });
  }

  describeDeploymentTarget({
    name: 'a job of Nomad',
    slow: true,
    shares: { some: 100, other: 0 },
    async create() {
      const job = freshJob();
      await nomad.deploy(job, { meta: 'v41', count: 0 });
      await nomad.deploy(job, { meta: 'v42', count: 0 });
      const relay = await startHttpRelay(nomad.url, ({ url = '' }) => url.startsWith('/v1/jobs'));
      return {
        target: targetOf(job, { url: relay.url }),
        name: 'eu',
        secrets: [token],
        shell: { NOMAD_TOKEN: token },
        misbehave: misbehaving(relay, {
          refuse: { status: 403, body: 'frozen by ops' },
          telltale: { status: 403, body: `I know ${token}` },
        }),
        changes: async () => relay.changes.length,
        close: relay.close,
      };
    },
    skip: [
      ...NOT_OF_A_PROGRAM,
      { reason: 'a job is taken back as a whole', tests: ['percent', 'units'] },
      NOTHING_TO_MAKE_READY,
      { reason: 'it has no instances that could come late, which is shown on its own', tests: ['lagging'] },
    ],
  });

  describe('the instances of a job', () => {
    /** Runs v42, and before it v41. */
    async function released(old: Version = {}, both: Version = {}): Promise<string> {
      const job = freshJob();
      await nomad.deploy(job, { meta: 'v41', count: 2, ...both, ...old });
      await nomad.deploy(job, { meta: 'v42', count: 2, ...both });
      return job;
    }

    it('go back and forth, and by the commands that the target tells, too', async () => {
      const job = await released();
      const subject = { target: targetOf(job) };
      await moved(subject, BACK);
      expect(await nomad.runs(job)).toEqual(['v41', 'v41']);
      await moved(subject, { number: 3, desired: 0, expected: 100 });
      expect(await nomad.runs(job)).toEqual(['v42', 'v42']);
      const script = await scriptFor(subject.target);
      const lines = [...script.begin, ...(script.steps[0]?.lines ?? [])];
      await runByHand(lines, { NOMAD_TOKEN: token, PATH: process.env.PATH ?? '' });
      expect(await nomad.runs(job)).toEqual(['v41', 'v41']);
    });

    it('are waited for though a call ends meanwhile, and are taken back once', async () => {
      const slow = { MaxParallel: 1, MinHealthyTime: 2 * SECOND };
      const job = await released({ update: slow });
      const target = targetOf(job);
      expect((await target.shift(shift(BACK), within(1_500))).outcome).toBe('unknown');
      await eventually(async () => (await nomad.runs(job)).join() === 'v41,v42');
      expect(await readFrom(target)).toMatchObject({ uneven: true });
      expect(weightOf(await readFrom(target), 'v41')).toBe(50);
      await moved({ target }, BACK);
      expect([await nomad.runs(job), (await nomad.job(job)).Version]).toEqual([['v41', 'v41'], 2]);
    });

    it('stay as many as they have become, and a version that was stopped is not taken for one to go back to', async () => {
      const job = freshJob();
      await nomad.deploy(job, { meta: 'v41', count: 1 });
      await nomad.remove(job);
      await nomad.deploy(job, { meta: 'v42', count: 1 });
      await nomad.deploy(job, { meta: 'v42', count: 3 });
      await moved({ target: targetOf(job) }, BACK);
      expect(await nomad.runs(job)).toEqual(['v41', 'v41', 'v41']);
    });

    it('are promoted where the version that comes back begins with canaries', async () => {
      const job = await released({ update: { Canary: 1 } });
      await moved({ target: targetOf(job) }, BACK);
      expect(await nomad.runs(job)).toEqual(['v41', 'v41']);
    });

    /** A version that comes up for as long as a file is there. */
    const delicate = (file: string, update: object = {}): Version => ({
      command: `test -e ${file} && exec sleep 3600`,
      update: { HealthyDeadline: 5 * SECOND, ProgressDeadline: 6 * SECOND, ...update },
    });

    it('that do not come up are a no in the words of Nomad, and can be unwound', async () => {
      const file = join(dir, 'unmended');
      writeFileSync(file, '');
      const job = await released(delicate(file));
      rmSync(file);
      const target = targetOf(job);
      const no = { outcome: 'refused', code: 'NO_CAPACITY', detail: expect.stringContaining('Failed due to') };
      expect(await settled(() => target.shift(shift(BACK), soon()))).toMatchObject(no);
      const again = shift({ ...BACK, number: 3 });
      expect(await settled(() => target.shift(again, soon()))).toMatchObject({
        ...no,
        wayOut: expect.stringContaining('tries no version twice'),
      });
      await moved({ target }, { number: 4, desired: 0, expected: 0 });
      expect(await nomad.runs(job)).toEqual(['v42', 'v42']);
    });

    it('that Nomad has put back by itself are a no, too, until somebody who knows of it asks anew', async () => {
      const file = join(dir, 'mended');
      writeFileSync(file, '');
      const job = freshJob();
      // Replaced before it was seen healthy for so long, so that Nomad knows it for no stable version.
      const update = { AutoRevert: true, MinHealthyTime: 2 * SECOND };
      await nomad.run(job, { meta: 'v41', count: 2, ...delicate(file, update) });
      await nomad.deploy(job, { meta: 'v42', count: 2 });
      rmSync(file);
      const target = targetOf(job);
      const no = { outcome: 'refused', code: 'NO_CAPACITY', detail: expect.stringContaining('rolling back to job') };
      expect(await settled(() => target.shift(shift(BACK), soon()))).toMatchObject(no);
      await eventually(async () => (await nomad.deployments(job)).every(({ Status }) => Status !== 'running'));
      expect(await nomad.runs(job)).toEqual(['v42', 'v42']);
      expect(await settled(() => target.shift(shift(BACK), soon()))).toMatchObject(no);
      writeFileSync(file, '');
      await moved({ target }, { ...BACK, number: 3 });
      expect(await nomad.runs(job)).toEqual(['v41', 'v41']);
    });

    it('are left alone while somebody deploys, and taken back from a deploy that failed', async () => {
      const job = await released({}, { count: 3, update: { MaxParallel: 1 } });
      const target = targetOf(job);
      await nomad.run(job, {
        meta: 'v43',
        count: 3,
        update: {
          MaxParallel: 1,
          MinHealthyTime: 60 * SECOND,
          HealthyDeadline: 90 * SECOND,
          ProgressDeadline: 100 * SECOND,
        },
      });
      const busy = { code: 'REVISION_MIXED', detail: expect.stringContaining('of version 2 is running') };
      await eventually(async () => (await nomad.deployments(job)).some(({ JobVersion }) => JobVersion === 2));
      expect(await checked(target, PAIR)).toMatchObject({ ok: false, ...busy });
      expect(await settled(() => target.shift(shift(BACK), soon()))).toMatchObject({ outcome: 'refused', ...busy });
      await eventually(async () => (await nomad.runs(job)).join() === 'v42,v42,v43');
      const deployment = (await nomad.deployments(job)).find(({ JobVersion }) => JobVersion === 2);
      await nomad.put(`/v1/deployment/fail/${deployment?.ID}`, {});
      const third = { outcome: 'refused', code: 'THIRD_REVISION' };
      expect(await settled(() => target.shift(shift(BACK), soon()))).toMatchObject(third);
      const half = await readFrom(target);
      expect([weightOf(half, 'v43'), capacityOf(half, 'v43'), capacityOf(half, 'v42')].map(Math.round)).toEqual([
        33, 33, 100,
      ]);
      const expected = weightOf(half, 'v42');
      await moved({ target }, { ...BACK, revision: { from: 'v43', to: 'v42' }, expected });
      expect(await nomad.runs(job)).toEqual(['v42', 'v42', 'v42']);
    });
  });

  describe('a job that cannot be taken back', () => {
    it.each<[string, Version, string, RegExp]>([
      ['is stopped', {}, 'OTHER', /is stopped/],
      ['is no service', { type: 'batch' }, 'UNSUPPORTED_SHAPE', /a batch job/],
    ])('says so where it %s', async (_, version, code, detail) => {
      const job = freshJob();
      await nomad.deploy(job, { meta: 'v41', ...version, count: 0 });
      await nomad.deploy(job, { meta: 'v42', ...version, count: 0 });
      if (version.type === undefined) await nomad.remove(job);
      const found = await checked(targetOf(job), PAIR);
      expect(found).toMatchObject({ ok: false, code, detail: expect.stringMatching(detail) });
      saysWayOut(found);
    });

    it('is one whose name no variable can have, until it is given another', async () => {
      const job = `${freshJob()}.web`;
      await nomad.deploy(job, { meta: 'v41', count: 0 });
      await nomad.deploy(job, { meta: 'v42', count: 0 });
      const found = await checked(targetOf(job), PAIR);
      expect(found).toMatchObject({ ok: false, detail: `Nomad can have no variable phased-rollback/${job}` });
      saysWayOut(found);
      await moved({ target: targetOf(job, { variable: 'phased-rollback/other' }) }, BACK);
    });

    it('is one that Nomad does not know, or whose token may not look', async () => {
      expect(await checked(targetOf('nobody'), PAIR)).toMatchObject({
        ok: false,
        detail: expect.stringContaining('job/nobody'),
      });
      const job = freshJob();
      await nomad.deploy(job, { meta: 'v41', count: 0 });
      const { SecretID } = await nomad.put<{ SecretID: string }>('/v1/acl/token', {
        Type: 'client',
        Policies: ['nothing'],
      });
      expect(await checked(targetOf(job, { as: SecretID }), PAIR)).toMatchObject({ ok: false, code: 'NOT_ALLOWED' });
    });
  });

  it.each([
    ['registry.example:5000/shop:v41', 'v41'],
    ['registry.example:5000/shop@sha256:41', 'sha256:41'],
  ])('reads from the image %s that it is %s', async (image, revision) => {
    const job = freshJob();
    await nomad.deploy(job, { image, count: 0 });
    expect(weightOf(await readFrom(targetOf(job, { revision: 'image' })), revision)).toBe(100);
  });
});
