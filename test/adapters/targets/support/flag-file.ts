import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters } from '../../../../src/adapters';
import type { DeploymentTarget } from '../../../../src/ports';
import { testDependencies } from '../../support/dependencies';

export const FLAG = 'new-checkout';

/** A flag as a team keeps it: the new checkout, on for everybody, is v42. */
export const ON_FOR_ALL = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'on',
  metadata: { owner: 'payments', 'revision.on': 'v42', 'revision.off': 'v41' },
};

export interface FlagFile {
  readonly path: string;
  readonly target: DeploymentTarget;
  readonly text: () => Promise<string>;
  readonly flag: () => Promise<Readonly<Record<string, unknown>>>;
  readonly close: () => Promise<void>;
}

/** A real file with that flag beside another one, and the target that moves it. */
export async function flagFile(flag: object = ON_FOR_ALL): Promise<FlagFile> {
  const folder = await mkdtemp(join(tmpdir(), 'flagd-target-'));
  const path = join(folder, 'flags.json');
  const other = { state: 'ENABLED', variants: { blue: '#00f', red: '#f00' }, defaultVariant: 'blue' };
  await writeFile(path, `${JSON.stringify({ flags: { banner: other, [FLAG]: flag } }, undefined, 2)}\n`);
  const text = (): Promise<string> => readFile(path, 'utf8');
  return {
    path,
    target: flagdTarget(path),
    text,
    flag: async () => {
      const { flags } = JSON.parse(await text()) as { flags: Record<string, Record<string, unknown>> };
      return flags[FLAG] ?? {};
    },
    close: () => rm(folder, { recursive: true }),
  };
}

/** Another worker's view of the same file. */
export function flagdTarget(path: string): DeploymentTarget {
  const adapter = { type: 'flagd', file: path, flag: FLAG };
  return createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
}
