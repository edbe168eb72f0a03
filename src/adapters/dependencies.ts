import type { ResolveSecret } from './secrets';

/** What adapters are given by the composition root. */
export interface AdapterDependencies {
  readonly resolveSecret: ResolveSecret;
  readonly log: { info(details: object, message: string): void };
  /** Epoch milliseconds. */
  now(): number;
}

/** One factory for every member of a configuration union; a missing one is a compile error. */
export type Factories<Config extends { readonly type: string }, Port, Extra = undefined> = {
  readonly [Type in Config['type']]: (
    config: Extract<Config, { readonly type: Type }>,
    deps: AdapterDependencies,
    extra: Extra,
  ) => Port;
};
