import { ownerOf } from '../../../../src/adapters/targets/kubernetes/owner';
import { revisionOf } from '../../../../src/adapters/targets/kubernetes/revision';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('the revision that pods run', () => {
  const of = (image: string): string | undefined =>
    revisionOf({ metadata: { labels: {} }, spec: { containers: [{ name: 'app', image }] } }, { image: 'app' });

  it.each([
    ['its tag', 'registry.example/shop/checkout:v41', 'v41'],
    ['its digest', `registry.example/shop/checkout@${DIGEST}`, DIGEST],
    ['its digest where it has a tag as well', `checkout:v41@${DIGEST}`, DIGEST],
    ['not the port of its registry', 'registry.example:5000/checkout', undefined],
    ['its tag behind such a port', 'registry.example:5000/checkout:v41', 'v41'],
    ['its digest of another algorithm', `checkout@sha512:${'0a'.repeat(64)}`, `sha512:${'0a'.repeat(64)}`],
    ['nothing of a digest that is too short', 'checkout@sha256:0a0a', undefined],
    ['not the tag before such a digest', 'checkout:v41@sha256:0a0a', undefined],
    ['nothing of a digest in capitals', `checkout@${DIGEST.toUpperCase()}`, undefined],
    ['nothing of two digests', `checkout@${DIGEST}@${DIGEST}`, undefined],
    ['nothing of a tag that is longer than any', `checkout:${'v'.repeat(129)}`, undefined],
  ])('is %s', (_what, image, revision) => {
    expect(of(image)).toBe(revision);
  });
});

describe('who else manages an object', () => {
  const by = (labels: Record<string, string>, annotations: Record<string, string> = {}): string | undefined =>
    ownerOf({ name: 'checkout', labels, annotations } as unknown as Parameters<typeof ownerOf>[0]);

  it.each([
    ['Argo CD, by its label', { 'argocd.argoproj.io/instance': 'shop' }, 'Argo CD, application shop'],
    ['Flux, by a kustomization', { 'kustomize.toolkit.fluxcd.io/name': 'shop' }, 'Flux, kustomization shop'],
    ['Flux, by a Helm release', { 'helm.toolkit.fluxcd.io/name': 'shop' }, 'Flux, Helm release shop'],
    ['Helm, by its label alone', { 'app.kubernetes.io/managed-by': 'Helm' }, 'Helm, release of an unknown name'],
    ['nobody, whoever else made it', { 'app.kubernetes.io/managed-by': 'kubectl' }, undefined],
  ])('is %s', (_who, labels, owner) => {
    expect(by(labels)).toBe(owner);
  });

  it('is whom the annotation names, where the label is of another', () => {
    const labels = { 'argocd.argoproj.io/instance': 'other' };
    expect(by(labels, { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:prod/checkout' })).toBe(
      'Argo CD, application shop',
    );
    expect(by({}, { 'meta.helm.sh/release-name': 'shop' })).toBe('Helm, release shop');
  });
});
