import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program or library of a Debian package; installs the package where we may. Throws with what to do otherwise. */
export function fromDebian(path: string, packageName: string, say: (line: string) => void = () => undefined): string {
  if (existsSync(path)) return path;
  installFromDebian(packageName, say);
  if (!existsSync(path)) throw new Error(`${packageName} was installed, but there is no ${path}`);
  return path;
}

/** Installs a package of Debian's, once. */
export function installFromDebian(packageName: string, say: (line: string) => void = () => undefined): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error(`this test needs Debian's ${packageName}: apt-get install ${packageName}`);
  say(`Installing ${packageName} from Debian, once.`);
  aptGet('update', '-q');
  aptGet('install', '-y', '-q', '--no-install-recommends', packageName);
}

/** Suites that run beside each other may all have something to install, and apt refuses a second one at once. */
function aptGet(...args: readonly string[]): void {
  const lock = join(tmpdir(), 'phased-rollback-apt.lock');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('flock', [lock, 'apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args], { stdio: 'ignore', env });
}
