import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../../../src/temporal/lock';
import { cached, ticking } from '../../support/installed';
import { goBuild, sourceOf } from './tools';

const VERSION = 'v1.8.3';

/** Paths of the controller of Argo Rollouts, and of the definitions of its resources. */
export interface ArgoRollouts {
  readonly controller: string;
  readonly definitions: readonly string[];
}

/** The real controller, built once for this user from its own source: eight minutes on two cores. */
export async function argoRollouts(say: (line: string) => void): Promise<ArgoRollouts> {
  const folder = cached(`argo-rollouts-${VERSION}`);
  const controller = join(folder, 'rollouts-controller');
  const isThere = (): boolean => existsSync(controller);
  if (!isThere())
    await withLock(`${folder}.lock`, async () => (isThere() ? undefined : build(folder, controller, say)), {
      onWait: (pid) => say(`Process ${pid} builds Argo Rollouts already; waiting for it.`),
    });
  return { controller, definitions: definitionsIn(join(folder, 'crds')) };
}

function definitionsIn(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => (name.endsWith('-crd.yaml') ? [join(folder, name)] : []));
}

async function build(folder: string, controller: string, say: (line: string) => void): Promise<void> {
  mkdirSync(folder, { recursive: true });
  say(`Building Argo Rollouts ${VERSION} with Go: eight minutes on two cores, once for this user.`);
  await ticking(say, 'Argo Rollouts', () => compile(folder, controller));
}

async function compile(folder: string, controller: string): Promise<void> {
  const source = join(folder, 'source');
  cpSync(sourceOf(folder, `github.com/argoproj/argo-rollouts@${VERSION}`), source, { recursive: true });
  // The cache of modules is read-only, and so is a copy of it.
  execFileSync('chmod', ['-R', 'u+w', source]);
  cpSync(join(source, 'manifests', 'crds'), join(folder, 'crds'), { recursive: true });
  // As the main module: what it replaces in its dependencies counts only there.
  const built = join(folder, 'built');
  await goBuild(source, ['-ldflags', '-s -w', '-o', built, './cmd/rollouts-controller']);
  rmSync(source, { recursive: true });
  // A build that was cut off leaves nothing that looks like a program.
  renameSync(built, controller);
}
