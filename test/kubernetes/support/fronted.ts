import { createAdapters } from '../../../src/adapters';
import type { DeploymentTarget } from '../../../src/ports';
import { testDependencies } from '../../adapters/support/dependencies';
import type { TargetSubject } from '../../contract/deployment-target.contract';
import { ADMIN_TOKEN } from './control-plane';
import type { ControlPlane } from './control-plane';
import { startFront } from './front';
import type { Front } from './front';

/** What a policy file says of a target. */
type Stanza = { readonly type: string } & Readonly<Record<string, unknown>>;

/** A target that speaks to what stands before the API server. */
export interface Fronted extends Pick<TargetSubject, 'target' | 'name' | 'secrets' | 'misbehave' | 'close'> {
  readonly front: Front;
  readonly stanza: Stanza;
  /** The same with other settings, and as another worker would have it. */
  readonly targetWith: (settings: object) => DeploymentTarget;
  readonly shell: Readonly<Record<string, string>>;
}

/** Puts a front before the API server, and a target of these settings before that; as the user of the token. */
export async function fronted(plane: ControlPlane, settings: Stanza, token: string = ADMIN_TOKEN): Promise<Fronted> {
  const front = await startFront(plane.kube, token);
  const stanza = { ...settings, kubeconfig: plane.kubeconfig({ token, server: front.url }) };
  const targetWith = (more: object): DeploymentTarget =>
    createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter: { ...stanza, ...more } });
  return {
    target: targetWith({}),
    stanza,
    name: 'eu',
    secrets: [token],
    // The target speaks to the front, a person to the server itself.
    shell: { ...plane.shell(), CONTEXT_eu: 'test' },
    front,
    targetWith,
    misbehave: front.misbehave,
    close: front.close,
  };
}
