import type { DeploymentTarget } from '../../../src/ports';
import type { TargetSubject } from '../../contract/deployment-target.contract';
import { checked, made, prepare, readFrom, settled, shift, soon } from '../../contract/target-requests';
import type { Kube } from './kube';

type Marks = Readonly<Partial<Record<'labels' | 'annotations', Readonly<Record<string, string>>>>>;

/** What those who manage objects leave on them, and what they are called for it. */
const OWNERS: readonly { readonly mark: string; readonly marks: Marks; readonly named: string }[] = [
  {
    mark: 'the annotation of Argo CD',
    marks: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:default/x' } },
    named: 'Argo CD, application shop',
  },
  {
    mark: 'the label of Argo CD',
    marks: { labels: { 'argocd.argoproj.io/instance': 'shop' } },
    named: 'Argo CD, application shop',
  },
  {
    mark: 'the labels of a Kustomization of Flux',
    marks: {
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' },
    },
    named: 'Flux, kustomization apps',
  },
  {
    // It installs by Helm, which leaves its own beside them.
    mark: 'the labels of a HelmRelease of Flux',
    marks: {
      labels: {
        'app.kubernetes.io/managed-by': 'Helm',
        'helm.toolkit.fluxcd.io/name': 'shop',
        'helm.toolkit.fluxcd.io/namespace': 'flux-system',
      },
      annotations: { 'meta.helm.sh/release-name': 'shop-shop', 'meta.helm.sh/release-namespace': 'shop' },
    },
    named: 'Flux, Helm release shop',
  },
  {
    mark: 'what Helm leaves',
    marks: {
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'default' },
    },
    named: 'Helm, release shop',
  },
  {
    // As a chart that was rendered by itself and applied by something else.
    mark: 'the label of Helm alone',
    marks: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
    named: 'Helm, release of an unknown name',
  },
];

/** Expects of a target that it changes nothing of what somebody else manages unless its policy accepts that. */
export function describeOwners<
  Subject extends TargetSubject & { readonly targetWith: (settings: object) => DeploymentTarget },
>(
  plane: { readonly kube: Kube },
  suite: {
    readonly create: () => Promise<Subject>;
    /** The addresses of all objects that it reads or changes and that somebody may manage. */
    readonly objects: (subject: Subject) => readonly string[];
  },
): void {
  describe('what somebody else manages', () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await suite.create();
    });
    afterAll(() => subject.close());
    const mark = (path: string, metadata: object): Promise<unknown> => plane.kube.merge(path, { metadata });

    it.each(OWNERS)('is not changed where it bears $mark, and the ways out are told', async ({ marks, named }) => {
      const { target } = subject;
      for (const path of suite.objects(subject)) {
        await mark(path, marks);
        // The annotations of a Deployment count as a change of it.
        const before = await subject.changes();
        expect((await readFrom(target)).owner).toBe(named);
        const detail = expect.stringMatching(`is managed by ${named}, .*docs/recipes/gitops.md.*"owned: accept"`);
        const why = { code: 'OWNED_BY_ANOTHER', detail };
        expect(await checked(target, { from: 'v42', to: 'v41' })).toMatchObject({ ok: false, ...why });
        expect(await settled(() => target.prepare(prepare(), soon()))).toMatchObject({ outcome: 'refused', ...why });
        const moved = await settled(() => target.shift(shift({ desired: 100 }), soon()));
        expect(moved).toMatchObject({ outcome: 'refused', ...why });
        expect(await subject.changes()).toBe(before);
        await mark(path, without(marks));
      }
      expect((await readFrom(target)).owner).toBeUndefined();
    });

    it('is changed, and said to be theirs, where the policy accepts that', async () => {
      for (const path of suite.objects(subject)) for (const { marks } of OWNERS) await mark(path, marks);
      const target = subject.targetWith({ owned: 'accept' });
      expect(await checked(target, { from: 'v42', to: 'v41' })).toMatchObject({ ok: true });
      await made(() => target.shift(shift({ desired: 100 }), soon()));
      expect((await readFrom(target)).owner).toBe('Argo CD, application shop');
    });
  });
}

/** Takes them away when it is merged. */
function without(marks: Marks): object {
  const gone = (keys: Readonly<Record<string, string>> = {}): object =>
    Object.fromEntries(Object.keys(keys).map((key) => [key, null]));
  return { labels: gone(marks.labels), annotations: gone(marks.annotations) };
}
