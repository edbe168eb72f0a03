import { gunzipSync } from 'node:zlib';
import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import { weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget, EffectResult } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, moved, readFrom, settled, shift, soon } from '../contract/target-requests';
import { runByHand, scriptFor } from '../kubernetes/support/by-hand';
import { ADMIN_TOKEN, ORDINARY_TOKEN } from '../kubernetes/support/control-plane';
import { eventually, freshName, machineComes } from '../kubernetes/support/fleet';
import { controlPlane } from '../kubernetes/support/suite';
import { noHelm } from '../tools/helm';
import { describeWhere } from '../tools/installed';
import { HelmCharts } from './support/helm-chart';
import { startHttpRelay } from './support/http-relay';
import { misbehaving, NOTHING_TO_MAKE_READY } from './support/program';

const RECIPE = join(__dirname, '..', '..', 'examples', 'recipes', 'helm');
const PAIR = { from: 'v42', to: 'v41' };
const BACK = { desired: 100 };

describeWhere(noHelm(), 'Helm', () => {
  const plane = controlPlane();
  const charts = new HelmCharts(plane);
  beforeAll(() => charts.prepare(), 30 * 60_000);

  interface Place {
    readonly version?: string;
    readonly timeout?: number;
    readonly server?: string;
    readonly token?: string;
  }

  function targetOf(
    release: string,
    { version = 'app_version', timeout = 60, server, token = ADMIN_TOKEN }: Place = {},
  ) {
    const { PATH } = charts.shell();
    const kubeconfig = plane.kubeconfig({ token, ...(server === undefined ? {} : { server }) });
    const environment = ['env', `PATH=${PATH}`, `KUBECONFIG=${kubeconfig}`, `HOME=${plane.dir}`];
    const place = ['--release', release, '--namespace', 'default', '--version', version, '--timeout', String(timeout)];
    const command = [...environment, process.execPath, join(RECIPE, 'target.js'), ...place];
    const adapter = { type: 'exec', command, granularity: 'all', fenced: true, killAfterMs: 200 };
    return createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
  }

  const NOTED = `${freshName()}-noted`;
  let noted: Awaited<ReturnType<HelmCharts['kept']>>;
  beforeAll(async () => {
    await charts.type('install', NOTED, charts.note('v41'));
    await charts.type('upgrade', NOTED, charts.note('v42'));
    noted = await charts.kept(NOTED);
  }, 60_000);

  describeDeploymentTarget({
    name: 'a Helm release',
    slow: true,
    shares: { some: 100, other: 0 },
    async create() {
      await charts.restore(NOTED, noted);
      const relay = await startHttpRelay(plane.kube.server, () => false, plane.certificates());
      return {
        target: targetOf(NOTED, { server: relay.url }),
        name: 'eu',
        secrets: [ADMIN_TOKEN],
        shell: charts.shell(),
        misbehave: misbehaving(relay),
        changes: async () => versionsOf(await charts.kept(NOTED)).length - 2,
        close: relay.close,
      };
    },
    skip: [
      {
        reason: 'what a program prints that cannot be read is shown by the suite of exec',
        tests: ['unreadable', 'oversized', 'telltale'],
      },
      { reason: 'what the API server refuses is told in the words of Helm', tests: ['refuse', 'unauthorized'] },
      { reason: 'a program has no address', tests: ['redirect'] },
      { reason: 'a release is taken back as a whole', tests: ['percent', 'units'] },
      NOTHING_TO_MAKE_READY,
      { reason: 'it has no pods that could come late, which is shown on its own', tests: ['lagging'] },
    ],
  });

  describe('the pods of a release', () => {
    /** Runs v42, and before it v41, on a machine that may not be there. */
    async function released(oldNode = 'node'): Promise<string> {
      const release = freshName();
      const chart = charts.pods();
      await charts.type('install', release, chart, ...values('v41', oldNode));
      await charts.type('upgrade', release, chart, ...values('v42'));
      return release;
    }
    const target = (release: string, place: Place = {}): DeploymentTarget =>
      targetOf(release, { version: 'values.image.tag', ...place });
    const runs = async (release: string): Promise<string | undefined> => {
      const { spec } = await plane.kube.get<{ spec: { template: { metadata: { labels: Record<string, string> } } } }>(
        `/apis/apps/v1/namespaces/default/deployments/${release}`,
      );
      return spec.template.metadata.labels['app.kubernetes.io/version'];
    };
    const says = async (release: string): Promise<string> => {
      const newest = (await charts.kept(release)).at(-1);
      return newest?.metadata.labels['status'] ?? '';
    };
    const comes = (node: string): Promise<void> => machineComes(plane.kube, node);

    it('go back and forth, and by the commands that the target tells, too', async () => {
      const release = await released();
      const subject = { target: target(release) };
      await moved(subject, BACK);
      expect(await runs(release)).toBe('v41');
      await moved(subject, { number: 3, desired: 0, expected: 100 });
      expect(await runs(release)).toBe('v42');
      const note = /phased-rollback \d+\/3 rollback\/prod\/checkout\/1: v42 to v41, 100 to 0 %/;
      expect(await charts.type('history', release)).toMatch(note);
      const script = await scriptFor(subject.target);
      await runByHand([...script.begin, ...(script.steps[0]?.lines ?? [])], charts.shell());
      expect(await runs(release)).toBe('v41');
    });

    it('are waited for though a call ends meanwhile, and are taken back once', async () => {
      const release = await released('late');
      const ended = new AbortController();
      const first = untilEnded(() => target(release).shift(shift(BACK), ended.signal), ended.signal);
      await eventually(async () => (await says(release)) === 'pending-rollback');
      ended.abort();
      expect((await first).outcome).toBe('unknown');
      expect(weightOf(await readFrom(target(release)), 'v42')).toBe(100);
      await comes('late');
      await moved({ target: target(release) }, BACK);
      expect([await says(release), await runs(release)]).toEqual(['deployed', 'v41']);
      expect(await charts.kept(release)).toHaveLength(3);
    });

    it('that do not come up are a no in the words of Helm, until somebody who knows of it asks anew', async () => {
      const release = await released('never');
      const impatient = target(release, { timeout: 1 });
      const no = { outcome: 'refused', code: 'NO_CAPACITY', detail: expect.stringContaining('failed') };
      expect(await settled(() => impatient.shift(shift(BACK), soon()))).toMatchObject(no);
      expect(await settled(() => impatient.shift(shift(BACK), soon()))).toMatchObject(no);
      expect([await says(release), (await charts.kept(release)).length]).toEqual(['failed', 3]);
      await comes('never');
      await moved({ target: target(release) }, { ...BACK, number: 3, expected: 100 });
      expect([await says(release), await runs(release)]).toEqual(['deployed', 'v41']);
    });

    it('are left alone while somebody deploys, and taken back from a deploy that failed', async () => {
      const release = await released();
      const deploy = charts.begin('upgrade', release, charts.pods(), ...values('v43', 'nowhere'), '--wait');
      const failed = deploy.catch((error: unknown) => error);
      await eventually(async () => (await says(release)) === 'pending-upgrade');
      const busy = { code: 'REVISION_MIXED', detail: expect.stringContaining('pending-upgrade since') };
      expect(await checked(target(release), PAIR)).toMatchObject({ ok: false, ...busy });
      expect(await settled(() => target(release).shift(shift(BACK), soon()))).toMatchObject({
        outcome: 'refused',
        ...busy,
      });
      deploy.child.kill('SIGTERM');
      await failed;
      expect(await says(release)).toBe('failed');
      const third = { outcome: 'refused', code: 'THIRD_REVISION' };
      expect(await settled(() => target(release).shift(shift(BACK), soon()))).toMatchObject(third);
      await moved({ target: target(release) }, { ...BACK, revision: { from: 'v43', to: 'v42' } });
      expect([await says(release), await runs(release)]).toEqual(['deployed', 'v42']);
    });

    it('need no more rights than the role of the recipe', async () => {
      const release = await released();
      const ordinary = target(release, { token: ORDINARY_TOKEN });
      await expect(ordinary.observe(soon())).rejects.toMatchObject({
        message: expect.stringContaining('User "phased-rollback" cannot list resource "secrets"'),
      });
      const revoke = await plane.grant(join('..', '..', 'examples', 'recipes', 'helm', 'role.yaml'));
      expect((await checked(ordinary, PAIR)).ok).toBe(true);
      await moved({ target: ordinary }, BACK);
      expect(await runs(release)).toBe('v41');
      await revoke();
    });
  });
});

const values = (tag: string, node = 'node'): readonly string[] => ['--set', `image.tag=${tag},node=${node}`];

/** Asks again while a call comes no further in its time, until somebody ends it. */
async function untilEnded(ask: () => Promise<EffectResult>, signal: AbortSignal): Promise<EffectResult> {
  for (;;) {
    const result = await ask();
    if (signal.aborted || result.outcome !== 'unknown') return result;
  }
}

/** Without those that are as the one before. */
function versionsOf(history: readonly { readonly data: Readonly<Record<string, string>> }[]): readonly string[] {
  const all = history.map(({ data }) => {
    // Helm packs a revision and encodes it, and so does the API server.
    const packed = Buffer.from(Buffer.from(data['release'] ?? '', 'base64').toString('utf8'), 'base64');
    const { chart } = JSON.parse(gunzipSync(packed).toString('utf8')) as {
      chart: { metadata: { appVersion: string } };
    };
    return chart.metadata.appVersion;
  });
  return all.filter((version, index) => version !== all[index - 1]);
}
