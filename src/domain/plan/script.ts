/** How a person sets the share of one target where nothing of ours answers: lines of a POSIX shell. */
export interface TargetScript {
  /** Programs that the lines call beside the usual ones of a POSIX system. */
  readonly needs: readonly string[];
  /** Lines that the others build on; run once, before them. */
  readonly begin: readonly string[];
  /** Lines that bring the revision gone back to to a share in percent. Each step may be run again, and from any other. */
  readonly steps: readonly { readonly weight: number; readonly lines: readonly string[] }[];
  /** Lines that print what is served. */
  readonly show: readonly string[];
}

/** What targets can be done by hand, by their names; the others with why not. */
export type Scripts = Readonly<Record<string, TargetScript | { readonly none: string }>>;

/** The steps of a rollback that are left, and how each target of them is done by hand. */
export interface StepsByHand {
  readonly fromRevision: string;
  readonly toRevision: string;
  /** `back`: what was moved is put back onto the suspect. */
  readonly direction: 'forward' | 'back';
  readonly steps: readonly {
    /** What the step is called, and why it is there. */
    readonly name: string;
    readonly because: string;
    readonly weights: readonly { readonly target: string; readonly weight: number }[];
  }[];
  readonly scripts: Scripts;
}
