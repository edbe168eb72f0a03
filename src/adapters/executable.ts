import { z } from 'zod';
import { secretField } from './fields';

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable');

/** Settings of every adapter that is a program. */
export const executableSettings = {
  /** The program and its arguments; no shell reads them. */
  command: z.array(z.string()).min(1),
  /** Names of our own environment variables that the program gets; nothing else is inherited. */
  environment: z.array(variableName).default(['PATH']),
  /** Variables whose values are secrets. */
  secrets: z.record(variableName, secretField).default({}),
  /** Longest that one call may take, in milliseconds. */
  timeoutMs: z.int().min(1).max(5_000).default(5_000),
  /** From SIGTERM to SIGKILL when the time ran out, in milliseconds. */
  killAfterMs: z.int().min(0).max(10_000).default(2_000),
};

/** A program's whole environment, and the secrets in it, which must not be told. */
export function environmentOf(
  settings: { readonly environment: readonly string[]; readonly secrets: Readonly<Record<string, string>> },
  resolveSecret: (reference: string) => string,
): { readonly environment: Readonly<Record<string, string>>; readonly secrets: readonly string[] } {
  const inherited = settings.environment.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const secrets = Object.entries(settings.secrets).map(
    ([name, reference]) => [name, resolveSecret(reference)] as const,
  );
  return {
    environment: Object.fromEntries([...inherited, ...secrets]),
    secrets: secrets.map(([, value]) => value),
  };
}
