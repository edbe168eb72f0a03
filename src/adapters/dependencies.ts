import type { ResolveSecret } from './secrets';

/** What adapters are given by the composition root. */
export interface AdapterDependencies {
  readonly resolveSecret: ResolveSecret;
  readonly log: { info(details: object, message: string): void };
  /** Epoch milliseconds. */
  now(): number;
}
