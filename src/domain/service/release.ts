/** A revision that a service began to serve. */
export interface Release {
  readonly revision: string;
  /** When it began to serve, in epoch milliseconds. */
  readonly from: number;
  /** When the next one replaced it, where known; epoch milliseconds. */
  readonly to?: number;
  /** How we know: told by CI, imported from the past, or seen on the targets. */
  readonly source: 'recorded' | 'imported' | 'seen';
  readonly by?: string;
  /** Range of schema versions that the revision can work with, where declared. */
  readonly schema?: { readonly min: number; readonly max: number };
  /** Commit, change or ticket, for people. */
  readonly change?: string;
}

/** A revision that must not be deployed or gone back to. */
export interface Quarantine {
  readonly revision: string;
  readonly because: string;
  /** Rollback or person that put it there. */
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
}
