import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import { loadConfig } from '../../src/config';
import type { StatusView } from '../../src/domain/rollback/status-view';
import type { TargetPolicy } from '../../src/domain/policy/policy';
import type { DeploymentTarget } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import { checked } from '../contract/target-requests';
import { ADMIN_TOKEN } from '../kubernetes/support/control-plane';
import { controlPlane } from '../kubernetes/support/suite';
import { noHelm } from '../tools/helm';
import { describeWhere } from '../tools/installed';
import type { FakeWorld } from '../workflows/support/fakes';
import { FAST_POLICY, Theatre } from '../workflows/support/play';
import { HelmCharts } from './support/helm-chart';
import { staffed } from './support/staffed';

const ROOT = join(__dirname, '..', '..');
const RELEASE = 'shop';
const REGIONS = ['eu', 'us'] as const;
const PAIR = { from: 'v42', to: 'v41' };
const MARKS = { 'meta.helm.sh/release-name': RELEASE };
const WAY_OUT =
  /^the Deployment shop-eu\/shop is managed by Helm, release shop, .* ask it instead \((docs\/recipes\/helm\.md) /;

/** A look asks Helm half a dozen times. */
const TIMING = {
  ...FAST_POLICY.timing,
  intervalMs: 1_000,
  longestBakeMs: 240_000,
  noDataMs: 60_000,
  capacityMs: 120_000,
};

interface Deployed {
  readonly metadata: { readonly annotations: object; readonly labels: object };
  readonly spec: { readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } } };
}

describeWhere(noHelm(), 'Helm', () => {
  const plane = controlPlane();
  const charts = new HelmCharts(plane);
  let theatre: Theatre;
  beforeAll(async () => {
    await charts.prepare();
    theatre = await Theatre.open('helm-owner');
    for (const region of REGIONS) {
      await charts.type('install', RELEASE, charts.pods(), ...place(region), '--create-namespace', ...values('v41'));
      await charts.type('upgrade', RELEASE, charts.pods(), ...place(region), '--wait', ...values('v42'));
    }
  }, 30 * 60_000);
  afterAll(() => theatre.close());

  const deployed = (region: string): Promise<Deployed> =>
    plane.kube.get(`/apis/apps/v1/namespaces/shop-${region}/deployments/${RELEASE}`);
  const runs = async (region: string): Promise<string | undefined> =>
    (await deployed(region)).spec.template.metadata.labels['app.kubernetes.io/version'];
  const history = async (region: string): Promise<readonly object[]> =>
    JSON.parse(await charts.type('history', RELEASE, ...place(region), '--output', 'json')) as object[];

  /** What is refused: the object itself, as the target that changes it would. */
  function direct(): DeploymentTarget {
    const kubeconfig = plane.kubeconfig({ token: ADMIN_TOKEN });
    const adapter = { type: 'kubernetes-deployment', kubeconfig, namespace: 'shop-eu', deployment: RELEASE };
    return createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
  }

  /** The targets of the policy that the page has, as they are but for where its programs and this cluster's Helm are. */
  function targetsOf(page: string): readonly TargetPolicy[] {
    const [, folder = ''] =
      /\]\(\.\.\/\.\.\/(examples\/recipes\/\w+)\)/.exec(readFileSync(join(ROOT, page), 'utf8')) ?? [];
    const policy = readFileSync(join(ROOT, folder, 'policy.yaml'), 'utf8');
    const { PATH, KUBECONFIG, HOME } = charts.shell();
    const shell = JSON.stringify(['env', `PATH=${PATH}`, `KUBECONFIG=${KUBECONFIG}`, `HOME=${HOME}`]);
    const here = policy.replaceAll('/opt/phased-rollback', ROOT).replaceAll(
      '          - node\n',
      shell
        .slice(1, -1)
        .split(',')
        .concat(process.execPath)
        .map((word) => `          - ${word}\n`)
        .join(''),
    );
    const { services, problems } = loadConfig(here, page);
    expect(problems).toEqual([]);
    return services[0]?.targets ?? [];
  }

  it('takes back what Helm owns by Helm itself, as the refusal to do it otherwise says, and Helm agrees', async () => {
    const refusal = await checked(direct(), PAIR);
    expect(refusal).toMatchObject({ ok: false, code: 'OWNED_BY_ANOTHER', detail: expect.stringMatching(WAY_OUT) });
    const [, page = ''] = WAY_OUT.exec(refusal.detail) ?? [];
    const targets = targetsOf(page);
    expect(targets.map(({ name }) => name)).toEqual(REGIONS);

    const employ = (world: FakeWorld): void =>
      targets.forEach((policy) => staffed(world, policy.name, createAdapters(testDependencies()).target(policy)));
    const play = await theatre.play({ policy: { timing: TIMING }, world: employ });
    const asked: (readonly [eu: string | undefined, us: string | undefined])[] = [];
    let end: StatusView['end'];
    for (const answered = new Set<string>(); end === undefined;) {
      const isNew = ({ wait }: StatusView): boolean => wait?.reason === 'GATE' && !answered.has(wait.id);
      const view = await play.until('it asks or ends', (now) => isNew(now) || now.end !== undefined);
      end = view.end;
      if (end !== undefined || view.wait === undefined) continue;
      answered.add(view.wait.id);
      asked.push([await runs('eu'), await runs('us')]);
      expect(view.wait.text).toContain('would go all at once');
      await play.answer('GATE', 'approve', { reason: 'as the report of eu says' });
    }
    // Nothing of a release is left to compare with, so that a person says when each goes.
    expect(asked.at(-1)).toEqual(['v41', 'v42']);
    expect(end).toMatchObject({ kind: 'succeeded', reason: 'CENSUS_AS_PLANNED' });

    for (const region of REGIONS) {
      expect(await runs(region)).toBe('v41');
      expect((await deployed(region)).metadata).toMatchObject({
        annotations: { ...MARKS, 'meta.helm.sh/release-namespace': `shop-${region}` },
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      });
      expect(JSON.parse(await charts.type('status', RELEASE, ...place(region), '--output', 'json'))).toMatchObject({
        version: 3,
        info: {
          status: 'deployed',
          description: expect.stringMatching(/^phased-rollback .*: v42 to v41, 0 to 100 %$/),
        },
      });
      expect(await history(region)).toMatchObject([
        { revision: 1, status: 'superseded' },
        { revision: 2, status: 'superseded' },
        { revision: 3, status: 'deployed' },
      ]);
    }
  });

  it('leaves Helm able to release the next version as if it had gone back by hand', async () => {
    await charts.type('upgrade', RELEASE, charts.pods(), ...place('eu'), '--wait', ...values('v43'));
    expect(await runs('eu')).toBe('v43');
    expect((await history('eu')).at(-1)).toMatchObject({ revision: 4, status: 'deployed' });
    expect((await deployed('eu')).metadata.annotations).toMatchObject(MARKS);
  });
});

const place = (region: string): readonly string[] => ['--namespace', `shop-${region}`];
const values = (tag: string): readonly string[] => ['--set', `image.tag=${tag},node=node`];
