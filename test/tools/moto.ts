import { join } from 'node:path';
import { installedOnce, notInstallable, run } from './installed';

const VERSION = '5.2.5';
const FOLDER = `moto-${VERSION}`;
/** What its server needs for Lambda, ECS and load balancers. */
const PACKAGES = [`moto==${VERSION}`, 'boto3==1.44.8', 'flask==3.1.3', 'flask-cors==6.0.5', 'docker==7.2.0'];

/** Why there is no moto to be had; undefined where there is. */
export const noMoto = (): string | undefined => notInstallable(FOLDER, 'python3', '-c', 'import venv, ensurepip');

/** The Python that has it, installed once for this user. */
export async function motoPython(say: (line: string) => void): Promise<string> {
  const make = async (draft: string): Promise<void> => {
    await run(draft, 'python3', ['-m', 'venv', draft]);
    await run(draft, join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
  };
  const cost = 'a Python environment of 200 MB, a minute';
  return join(await installedOnce({ folder: FOLDER, name: `moto ${VERSION}`, cost, make }, say), 'bin', 'python');
}
