import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What is wrong with the world of a service: its first region refuses effects, starts no instances, lets nobody read it
 * or has a third revision on it; both revisions fail wherever the old one serves; a check says no.
 */
export type Trouble = 'refuses' | 'starts nothing' | 'reads nothing' | 'third revision' | 'worse' | 'not ready';

/** The trouble of a service lies in a file, so that no kill ends it. */
export function troubleFile(dir: string, service: string): string {
  return join(dir, `${service}.trouble`);
}

/** What is wrong with a service now; undefined when nothing is. */
export function troubleOf(dir: string, service: string): Trouble | undefined {
  const file = troubleFile(dir, service);
  return existsSync(file) ? (readFileSync(file, 'utf8') as Trouble) : undefined;
}

/** Puts a service in trouble, or out of it. */
export function setTrouble(dir: string, service: string, trouble: Trouble | undefined): void {
  const file = troubleFile(dir, service);
  if (trouble === undefined) return rmSync(file, { force: true });
  writeFileSync(`${file}.next`, trouble);
  renameSync(`${file}.next`, file);
}
