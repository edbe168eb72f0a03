import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LOCK = join(tmpdir(), 'phased-rollback-apt.lock');
const INSTALLED_WITHIN_MS = 15 * 60_000;

/** A program or library of a Debian package; installs the package where we may. Throws with what to do otherwise. */
export function fromDebian(path: string, packageName: string, say: (line: string) => void = () => undefined): string {
  if (existsSync(path)) return whole(path);
  installFromDebian(packageName, say);
  if (!existsSync(path)) throw new Error(`${packageName} was installed, but there is no ${path}`);
  return path;
}

/** A program is there before what it needs is: one that is new waits until the suite that installs it has done so. */
export function whole(path: string): string {
  const isNew = Date.now() - statSync(path).ctimeMs < INSTALLED_WITHIN_MS;
  if (isNew && process.getuid?.() === 0 && existsSync(LOCK)) execFileSync('flock', [LOCK, 'true']);
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
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('flock', [LOCK, 'apt-get', '-o', 'DPkg::Lock::Timeout=120', ...args], { stdio: 'ignore', env });
}
