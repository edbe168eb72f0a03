import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What the cluster without containers takes from docker-compose.yml, so that both are one set-up. */
export interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
}

export const ROOT = join(__dirname, '..', '..', '..');

export function readCompose(): Readonly<Record<string, ComposeService>> {
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  return (parse(text, { merge: true }) as { services: Record<string, ComposeService> }).services;
}

/** One service of the file, which must be there. */
export function composeService(name: string): ComposeService {
  const found = readCompose()[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** A service's environment with the names of other containers, and what is particular to one, replaced. */
export function environmentOf(name: string, own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const given = composeService(name).environment ?? {};
  const unknown = Object.keys(own).filter((key) => !(key in given));
  if (unknown.length > 0) throw new Error(`docker-compose.yml gives ${name} no ${unknown.join(', ')}`);
  return { ...given, ...own };
}
