import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installedOnce } from './installed';
import { copySource, goBuild } from './go';

const VERSION = 'v1.8.3';

/** Paths of the controller of Argo Rollouts, and of the definitions of its resources. */
export interface ArgoRollouts {
  readonly controller: string;
  readonly definitions: readonly string[];
}

/** The real controller, built once for this user from its own source. */
export async function argoRollouts(say: (line: string) => void): Promise<ArgoRollouts> {
  const cost = 'built with Go, eight minutes on two cores';
  const what = { folder: `argo-rollouts-${VERSION}`, name: `Argo Rollouts ${VERSION}`, cost, make: build };
  const folder = await installedOnce(what, say);
  return { controller: join(folder, 'rollouts-controller'), definitions: definitionsIn(join(folder, 'crds')) };
}

function definitionsIn(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => (name.endsWith('-crd.yaml') ? [join(folder, name)] : []));
}

async function build(folder: string): Promise<void> {
  const source = join(folder, 'source');
  copySource(folder, `github.com/argoproj/argo-rollouts@${VERSION}`, source);
  cpSync(join(source, 'manifests', 'crds'), join(folder, 'crds'), { recursive: true });
  // As the main module: what it replaces in its dependencies counts only there.
  const controller = join(folder, 'rollouts-controller');
  await goBuild(source, ['-ldflags', '-s -w', '-o', controller, './cmd/rollouts-controller']);
  rmSync(source, { recursive: true });
}
