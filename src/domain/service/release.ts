/** Something that can no longer be undone once a time has come: a dropped column, data in a new format. */
export interface PointOfNoReturn {
  /** What happens, in words for people. */
  readonly what: string;
  /** From when on; epoch milliseconds, may lie ahead. */
  readonly since: number;
}

/** A place that holds one revision at a time: servers that are deployed together. Without a target, the slot of that name on every target. */
export interface SlotName {
  readonly slot: string;
  readonly target?: string;
}

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
  /** What it does that going back cannot undo, where declared. */
  readonly irreversible?: readonly PointOfNoReturn[];
  /** Where it was put, where somebody said so; at least one. */
  readonly slots?: readonly SlotName[];
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
