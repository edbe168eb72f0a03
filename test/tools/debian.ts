import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Held by whoever installs: suites run beside each other, and apt refuses a second one at once. */
const LOCK = join(tmpdir(), 'phased-rollback-apt.lock');
const INSTALLED_WITHIN_MS = 15 * 60_000;
/** Installs a package unless somebody has done so while the lock was waited for. */
const INSTALL = `
[ "$(dpkg-query --show --showformat '\${db:Status-Status}' "$0" 2> /dev/null)" = installed ] && exit
apt-get -o DPkg::Lock::Timeout=120 update -q &&
apt-get -o DPkg::Lock::Timeout=120 install -y -q --no-install-recommends "$0"`;

/** Not the console, which jest keeps until a file has ended: whoever waits for an installation wants to know. */
const aloud = (line: string): void => void process.stderr.write(`${line}\n`);

/** What was found here once: whoever asks again in the middle of a test waits for nobody. */
const found = new Set<string>();

/** A program or library of a Debian package; installs the package where we may. Throws with what to do otherwise. */
export function fromDebian(path: string, packageName: string, say: (line: string) => void = aloud): string {
  if (!existsSync(path)) installFromDebian(packageName, say);
  if (!existsSync(path)) throw new Error(`${packageName} was installed, but there is no ${path}`);
  return whole(path);
}

/** A program is there before what it needs is: one that is new waits until the suite that installs it has done so. */
export function whole(path: string): string {
  if (found.has(path)) return path;
  const isNew = Date.now() - statSync(path).ctimeMs < INSTALLED_WITHIN_MS;
  if (isNew && mayInstall() && existsSync(LOCK)) execFileSync('flock', ['--shared', LOCK, 'true']);
  found.add(path);
  return path;
}

/**
 * Has a program of a Debian package there before the tests of a file begin: to install it, or to wait for others who
 * install something, takes longer than one of them may.
 */
export function needsFromDebian(path: string, packageName: string): void {
  // Nothing of it is asynchronous, so that no limit of a hook counts.
  beforeAll(() => void fromDebian(path, packageName));
}

/** Whether packages of Debian's can be installed here. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Installs a package of Debian's, once. */
export function installFromDebian(packageName: string, say: (line: string) => void = aloud): void {
  if (!mayInstall()) throw new Error(`this test needs Debian's ${packageName}: apt-get install ${packageName}`);
  say(`Installing ${packageName} from Debian, once.`);
  const startedAt = Date.now();
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // What a package starts must not go on holding it.
  execFileSync('flock', ['--close', LOCK, 'sh', '-c', INSTALL, packageName], { stdio: 'ignore', env });
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  say(`Installed ${packageName} in ${seconds} s, waiting for others included: what a cold machine cost.`);
}
