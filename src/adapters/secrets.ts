import { readFileSync } from 'node:fs';
import { TerminalError } from '../ports';

const REFERENCE = /^\$\{(env|file):([^}]+)\}$/;

/** Turns a secret reference (`${env:NAME}`, `${file:path}`) into its value; read at every use. */
export type ResolveSecret = (reference: string) => string;

/** True for the two forms in which a secret may stand in a policy file. */
export function isSecretReference(text: string): boolean {
  return REFERENCE.test(text);
}

/** Resolves a reference. Throws `SECRET_MISSING`, naming the reference, never a value. */
export const resolveSecret: ResolveSecret = (reference) => {
  const [, kind, name] = REFERENCE.exec(reference) ?? [];
  if (name === undefined)
    throw new TerminalError('SECRET_MISSING', 'a secret must be given as ${env:NAME} or ${file:path}');
  const value = kind === 'env' ? process.env[name] : readSecretFile(name);
  if (value === undefined || value === '')
    throw new TerminalError('SECRET_MISSING', `the secret ${reference} is not set`);
  return value;
};

function readSecretFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Missing and unreadable are the same to the caller, which names the reference.
    return undefined;
  }
}
