import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedOnce, run } from './installed';

const SERVER = '7.5.1';
const CLIENT = '6.9.6';

/** Where the server and its client are. */
export async function unleashModules(say: (line: string) => void): Promise<string> {
  const make = (draft: string): Promise<void> => {
    writeFileSync(join(draft, 'package.json'), '{ "private": true }');
    const packages = [`unleash-server@${SERVER}`, `unleash-client@${CLIENT}`];
    return run(draft, 'npm', ['install', '--save-exact', '--ignore-scripts', '--no-audit', '--no-fund', ...packages]);
  };
  const name = `unleash-server ${SERVER}`;
  const cost = '190 MB and about two minutes';
  return join(await installedOnce({ folder: `unleash-${SERVER}`, name, cost, make }, say), 'node_modules');
}
