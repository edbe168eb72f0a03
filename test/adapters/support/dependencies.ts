import { TerminalError } from '../../../src/ports';

/** What adapters are bound to in tests: the given secrets by reference, a log that is kept, the real clock. */
export function testDependencies(secrets: Readonly<Record<string, string>> = {}) {
  const logged: { details: object; message: string }[] = [];
  return {
    logged,
    resolveSecret(reference: string): string {
      const value = secrets[reference];
      if (value === undefined) throw new TerminalError('SECRET_MISSING', `${reference} is not set`);
      return value;
    },
    log: { info: (details: object, message: string): void => void logged.push({ details, message }) },
    now: (): number => Date.now(),
  };
}
