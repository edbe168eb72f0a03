import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { copySource, goBuild, goEdit } from './go';
import { installedOnce, notInstallable } from './installed';

/** Under the Mozilla Public License, as everything before 1.7 is; later ones are under one that is not open source. */
const VERSION = 'v1.6.2';
const FOLDER = `nomad-${VERSION}`;
const MODULE = 'github.com/hashicorp/nomad';
/** Of the same commit: Nomad is built from it in place, and the module proxy has it as a module of its own. */
const API_VERSION = 'v0.0.0-20230913164725-73e372ad9403';

/** Why there is no Nomad to be had; undefined where there is. */
export const noNomad = (): string | undefined =>
  notInstallable(FOLDER, 'go', 'version') ?? notInstallable(FOLDER, 'gcc', '--version');

/** The real Nomad, built once for this user. */
export async function nomadProgram(say: (line: string) => void): Promise<string> {
  const cost = 'built with Go and a compiler for C, three minutes on two cores';
  const what = { folder: FOLDER, name: `Nomad ${VERSION}`, cost, make: build };
  return join(await installedOnce(what, say), 'nomad');
}

async function build(folder: string): Promise<void> {
  const source = join(folder, 'source');
  copySource(folder, `${MODULE}@${VERSION}`, source);
  goEdit(source, '-replace', `${MODULE}/api=${MODULE}/api@${API_VERSION}`);
  await goBuild(source, ['-ldflags', '-s -w', '-o', join(folder, 'nomad'), '.'], true);
  rmSync(source, { recursive: true });
}
