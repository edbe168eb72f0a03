import { join } from 'node:path';
import { installedOnce, notInstallable, run } from './installed';

const VERSION = '4.3.1';
const FOLDER = `helm-${VERSION}`;

/** The folder of the real Helm. */
export function helmFolder(say: (line: string) => void): Promise<string> {
  const make = (draft: string): Promise<void> => {
    const env = { CGO_ENABLED: '0', GOBIN: draft };
    return run(draft, 'go', ['install', '-ldflags', '-s -w', `helm.sh/helm/v4/cmd/helm@v${VERSION}`], env);
  };
  const cost = 'built with Go, six minutes of a processor';
  return installedOnce({ folder: FOLDER, name: `Helm ${VERSION}`, cost, make }, say);
}

/** Why there is no Helm to be had; undefined where there is. */
export const noHelm = (): string | undefined => notInstallable(FOLDER, 'go', 'version');

/** The program itself. */
export const helmProgram = (folder: string): string => join(folder, 'helm');
