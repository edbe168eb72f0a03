import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createAdapters } from '../../src/adapters';
import { weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, EPOCH, moved, readFrom, settled, shift, soon } from '../contract/target-requests';
import { runByHand, scriptFor } from '../kubernetes/support/by-hand';
import { ADMIN_TOKEN } from '../kubernetes/support/control-plane';
import { eventually, podTemplate, runningTag } from '../kubernetes/support/fleet';
import { controlPlane } from '../kubernetes/support/suite';
import { triedByDoctor } from '../cli/support/tried';
import { GitOwner } from './support/git-owner';
import { GitServer } from './support/git-server';
import { startHttpRelay } from './support/http-relay';
import type { HttpRelay } from './support/http-relay';
import { misbehaving, NOTHING_TO_MAKE_READY } from './support/program';

const PROGRAM = join(__dirname, '..', '..', 'examples', 'recipes', 'gitops', 'target.js');
const PAIR = { from: 'v42', to: 'v41' };
const BACK = { desired: 100 };
const NAME = 'checkout';
const FILE = 'eu/kustomization.yaml';
const MARKS = { 'argocd.argoproj.io/tracking-id': `shop:apps/Deployment:default/${NAME}` };
const PUSH = /git-receive-pack$/;

const plane = controlPlane();
const dir = mkdtempSync(join(tmpdir(), 'gitops-'));
const server = new GitServer(dir);
let clones = 0;

let owner: GitOwner;
let first = '';
beforeAll(async () => {
  await server.start();
  mkdirSync(join(server.jane, 'eu'));
  writeFileSync(join(server.jane, 'eu', 'deployment.yaml'), stringify(manifest()));
  for (const tag of ['v40', 'v41', 'v42']) release(tag);
  first = server.run(server.bare, 'rev-parse', 'main').trim();
  owner = new GitOwner(server, plane.shell(), dir);
  await eventually(async () => (await running()) === 'v42');
}, 30 * 60_000);
afterAll(async () => {
  await owner.end();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Without a label that tells the version: it is that of the image. */
function manifest(): object {
  const template = podTemplate(NAME, 'unset');
  const annotations = MARKS;
  const metadata = { labels: { app: NAME } };
  const spec = { replicas: 2, selector: { matchLabels: { app: NAME } }, template: { ...template, metadata } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: 'default', annotations },
    spec,
  };
}

/** What somebody who releases commits; the file has words of people in it. */
function release(tag: string, title = `Release ${tag}`): void {
  const images = `images:\n  - name: registry.example/shop\n    newTag: ${tag} # as approved\n`;
  writeFileSync(join(server.jane, FILE), `# Of the shop in eu.\nresources: [deployment.yaml]\n${images}`);
  server.commit(title);
}

const running = (): Promise<string | undefined> => runningTag(plane.kube, NAME);
/** What the branch says, newest first: title, and author. */
const log = (): readonly string[] => server.run(server.bare, 'log', '--format=%an: %s', 'main').trim().split('\n');
const said = (): string => /newTag: (.*)$/m.exec(server.run(server.bare, 'show', `main:${FILE}`))?.[1] ?? '';

function targetAt(url: string): DeploymentTarget {
  const clone = join(dir, `clone-${(clones += 1)}.git`);
  const { PATH, KUBECONFIG, HOME } = plane.shell();
  const shell = ['env', `PATH=${PATH}`, `KUBECONFIG=${KUBECONFIG}`, `HOME=${HOME}`];
  const repository = ['--remote', `${url}/shop.git`, '--clone', clone, '--file', FILE, '--value', 'images.0.newTag'];
  const cluster = ['--namespace', 'default', '--selector', `app=${NAME}`, '--revision', 'image:main'];
  const command = [...shell, process.execPath, PROGRAM, ...repository, ...cluster];
  const adapter = { type: 'exec', command, granularity: 'all', fenced: true, killAfterMs: 200 };
  return createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
}

interface Place {
  readonly target: DeploymentTarget;
  readonly relay: HttpRelay;
}

/** Git and the cluster as they were when v42 was released. */
async function fresh(): Promise<Place> {
  owner.awake = true;
  server.run(server.bare, 'update-ref', 'refs/heads/main', first);
  server.pull();
  await eventually(async () => (await running()) === 'v42');
  const relay = await startHttpRelay(server.url, ({ method, url }) => method === 'POST' && PUSH.test(url ?? ''));
  return { target: targetAt(relay.url), relay };
}

describeDeploymentTarget({
  name: 'what a file in Git names',
  slow: true,
  shares: { some: 100, other: 0 },
  async create() {
    const { target, relay } = await fresh();
    return {
      target,
      name: 'eu',
      secrets: [ADMIN_TOKEN],
      misbehave(how) {
        owner.awake = how !== 'lagging';
        return misbehaving(relay)(how);
      },
      changes: async () =>
        server.run(server.bare, 'log', '--format=%H', `${first}..main`, '--', FILE).trim().split('\n').filter(Boolean)
          .length,
      close: relay.close,
    };
  },
  skip: [
    {
      reason: 'what a program prints that cannot be read is shown by the suite of exec',
      tests: ['unreadable', 'oversized', 'telltale'],
    },
    { reason: 'what a server refuses is told in the words of Git', tests: ['refuse', 'unauthorized'] },
    { reason: 'a program has no address', tests: ['redirect'] },
    { reason: 'what a file names is taken back as a whole', tests: ['percent', 'units'] },
    NOTHING_TO_MAKE_READY,
  ],
});

describe('a release that a GitOps owner keeps', () => {
  let target: DeploymentTarget;
  let relay: HttpRelay;
  beforeEach(async () => ({ target, relay } = await fresh()));
  afterEach(() => relay.close());

  it('is refused where it would be changed behind the owner, and goes back and forth through Git as the refusal says', async () => {
    const kubeconfig = plane.kubeconfig({ token: ADMIN_TOKEN });
    const adapter = { type: 'kubernetes-deployment', kubeconfig, deployment: NAME, revision: { image: 'main' } };
    const direct = createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
    expect(await checked(direct, PAIR)).toMatchObject({
      ok: false,
      code: 'OWNED_BY_ANOTHER',
      detail: expect.stringMatching(/managed by Argo CD, application shop.*docs\/recipes\/gitops\.md/),
    });
    expect((await checked(target, PAIR)).ok).toBe(true);
    await moved({ target }, BACK);
    expect(await running()).toBe('v41');
    await moved({ target }, { number: 3, desired: 0, expected: 100 });
    expect(await running()).toBe('v42');
    const script = await scriptFor(target);
    await runByHand([...script.begin, ...(script.steps.at(-1)?.lines ?? [])], plane.shell());
    expect(await running()).toBe('v41');
    expect(log()).toEqual([
      'phased-rollback: Take eu back from v42 to v41',
      'phased-rollback: Take eu back from v41 to v42',
      'phased-rollback: Take eu back from v42 to v41',
      'Jane: Release v42',
      'Jane: Release v41',
      'Jane: Release v40',
    ]);
    const { metadata } = await plane.kube.get<{ metadata: { annotations: object } }>(
      `/apis/apps/v1/namespaces/default/deployments/${NAME}`,
    );
    expect(metadata.annotations).toMatchObject(MARKS);
  });

  it('changes the value alone, and leaves the words of people as they are', async () => {
    const before = server.run(server.bare, 'show', `main:${FILE}`);
    await moved({ target }, BACK);
    expect(server.run(server.bare, 'show', `main:${FILE}`)).toBe(before.replace('v42', 'v41'));
    expect(server.run(server.bare, 'diff', '--stat', first, 'main')).toMatch(/1 insertion\(\+\), 1 deletion\(-\)/);
  });

  it('is on its way until the owner has brought it to the cluster, which the census tells, and is committed once', async () => {
    owner.awake = false;
    expect(await target.shift(shift(BACK), soon())).toMatchObject({ outcome: 'unknown' });
    expect([said(), await running()]).toEqual(['v41 # as approved', 'v42']);
    const reading = await readFrom(target);
    expect([weightOf(reading, 'v42'), weightOf(reading, 'v41'), reading.uneven]).toEqual([100, 0, true]);
    expect(await target.shift(shift(BACK), soon())).toMatchObject({ outcome: 'unknown' });
    owner.awake = true;
    await moved({ target }, BACK);
    expect((await readFrom(target)).uneven).toBeUndefined();
    expect([await running(), log().filter((line) => line.startsWith('phased-rollback'))]).toEqual([
      'v41',
      ['phased-rollback: Take eu back from v42 to v41'],
    ]);
  });

  it('that somebody else has released meanwhile is a conflict that names the commit, and is never overwritten', async () => {
    await moved({ target }, BACK);
    server.pull();
    release('v42', 'Forward again');
    await eventually(async () => (await running()) === 'v42');
    const newest = log();
    expect(await settled(() => target.shift(shift(BACK), soon()))).toMatchObject({
      outcome: 'conflict',
      code: 'CHANGED_BY_OTHERS',
      detail: expect.stringMatching(/somebody else.*newest change \w+ of Jane, "Forward again"/),
    });
    expect(await settled(() => target.shift(shift({ number: 3, desired: 0, expected: 100 }), soon()))).toMatchObject({
      outcome: 'alreadyInState',
    });
    server.pull();
    release('v43');
    const third = {
      code: 'THIRD_REVISION',
      detail: expect.stringMatching(/names v43 by \w+ of Jane, "Release v43"/),
      wayOut: expect.stringContaining('commit v42 or v41 there and retry'),
    };
    expect(await settled(() => target.shift(shift({ ...BACK, number: 4 }), soon()))).toMatchObject({
      outcome: 'refused',
      ...third,
    });
    expect(newest[0]).toBe('Jane: Forward again');
    expect(said()).toBe('v43 # as approved');
  });

  it('tells that a commit of others has not come to the cluster yet, which a try by doctor does not take back', async () => {
    await moved({ target }, BACK);
    owner.awake = false;
    server.pull();
    release('v42', 'Forward again');
    const newest = log();
    const reading = await readFrom(target);
    expect([weightOf(reading, 'v41'), reading.uneven]).toEqual([100, true]);
    const [finding] = await triedByDoctor(target);
    expect(finding).toMatchObject({ state: 'note', seen: expect.stringMatching(/not tried: .*on its way/) });
    // Somebody commits between its look and its try.
    const tried = { rollback: 'doctor/prod/checkout', desired: 100, expected: 100, number: 9 };
    const no = {
      outcome: 'conflict',
      code: 'CHANGED_BY_OTHERS',
      detail: expect.stringMatching(/of Jane, "Forward again"/),
    };
    expect(await settled(() => target.shift(shift(tried), soon()))).toMatchObject(no);
    expect([log(), said()]).toEqual([newest, 'v42 # as approved']);
    // A rollback does, whose expectation is the same.
    const next = { rollback: 'rollback/prod/checkout/2', epoch: EPOCH + 1 };
    await moved({ target }, { ...next, desired: 100, expected: 100 });
    expect([said(), await running()]).toEqual(['v41 # as approved', 'v41']);
  });

  it('is read again where somebody pushes between the look and the push: another file is no conflict, this one is', async () => {
    const hook = join(server.bare, 'hooks', 'pre-receive');
    /** Somebody is quicker, once: their commit is there before ours is taken. */
    const outrun = (commit: string): void => {
      const once = `[ -e once ] || { touch once; unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main ${commit}; }`;
      rmSync(join(server.bare, 'once'), { force: true });
      writeFileSync(hook, `#!/bin/sh\n${once}\n`);
      chmodSync(hook, 0o755);
    };
    const aside = (change: () => void): string => {
      server.pull();
      change();
      const commit = server.run(server.bare, 'rev-parse', 'main').trim();
      server.run(server.bare, 'update-ref', 'refs/heads/main', `${commit}^`);
      return commit;
    };
    outrun(
      aside(() => {
        writeFileSync(join(server.jane, 'README'), 'words');
        server.commit('Say what this is');
      }),
    );
    await moved({ target }, BACK);
    expect(log().slice(0, 3)).toEqual([
      'phased-rollback: Take eu back from v42 to v41',
      'Jane: Say what this is',
      'Jane: Release v42',
    ]);
    outrun(aside(() => release('v43')));
    const result = await settled(() => target.shift(shift({ number: 3, desired: 0, expected: 100 }), soon()));
    expect(result).toMatchObject({ outcome: 'refused', code: 'THIRD_REVISION' });
    expect(log()[0]).toBe('Jane: Release v43');
    rmSync(hook);
  });

  it('is refused in the words of the server where the branch takes no push', async () => {
    const hook = join(server.bare, 'hooks', 'pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "main is frozen by ops" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    expect(await settled(() => target.shift(shift(BACK), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'NOT_ALLOWED',
      detail: 'main is frozen by ops',
    });
    rmSync(hook);
    expect(log()[0]).toBe('Jane: Release v42');
  });
});
