import type { Objection } from '../../../domain/plan/objection';
import { outsideText } from '../../outside-text';
import type { Metadata } from './objects';

/** Who else manages an object, as its marks say; undefined where nobody does. */
export function ownerOf({ labels, annotations }: Metadata): string | undefined {
  const argo = annotations['argocd.argoproj.io/tracking-id']?.split(':')[0] ?? labels['argocd.argoproj.io/instance'];
  if (argo !== undefined) return outsideText(`Argo CD, application ${argo}`);
  const kustomization = labels['kustomize.toolkit.fluxcd.io/name'];
  if (kustomization !== undefined) return outsideText(`Flux, kustomization ${kustomization}`);
  const helmRelease = labels['helm.toolkit.fluxcd.io/name'];
  if (helmRelease !== undefined) return outsideText(`Flux, Helm release ${helmRelease}`);
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined || labels['app.kubernetes.io/managed-by'] === 'Helm')
    return outsideText(`Helm, release ${release ?? 'of an unknown name'}`);
  return undefined;
}

/** Why what that owner manages is not changed, and the ways out. */
export function ownedRefusal(what: string, owner: string): Objection {
  const detail =
    `${what} is managed by ${owner}, which may put back what is changed here: let a target of type http or exec ask ` +
    'it instead (docs/recipes/helm.md has a program for Helm, docs/recipes/gitops.md one for Argo CD and Flux), or keep ' +
    'it from doing so and set "owned: accept"';
  return { code: 'OWNED_BY_ANOTHER', detail };
}

/** Why a Deployment is not changed that somebody has paused, and the way out. */
export function pausedRefusal(what: string, name: string): Objection {
  const detail = `${what} is paused, so that nothing is rolled out: kubectl rollout resume deployment/${name}`;
  return { code: 'UNSUPPORTED_SHAPE', detail };
}
