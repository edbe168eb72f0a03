/** What one revision does on one target, as read back from it. */
export interface RevisionReading {
  readonly revision: string;
  /** Percent of the target's traffic it serves. */
  readonly weight: number;
  /**
   * Percent of the target's full traffic that its ready instances could serve now; where a move itself makes room before
   * it takes anything away, or a place takes its traffic with it, what they will be able to.
   */
  readonly readyCapacity: number;
  readonly readyInstances: number;
  /** By what metrics tell this revision here, where they do not say its name: servers of a slot, a backend. */
  readonly knownAs?: readonly string[];
}

/** What a target is moved by, where it is moved in whole pieces and not in percent. */
export interface Units {
  /** How many there are, of all revisions together; at least 1. */
  readonly total: number;
  /** What several of them are called: `instances`, `partitions`. */
  readonly name: string;
}

/** What a target really serves. */
export interface TargetReading {
  readonly target: string;
  readonly revisions: readonly RevisionReading[];
  /** Absent where it is moved in percent, and where how many units there are is not known. */
  readonly units?: Units;
  /** Whatever else claims to manage this target, such as a GitOps controller. */
  readonly owner?: string;
  /**
   * True while its parts do not serve the same shares, whose means the weights then are, and while it is on its way from
   * one share to another; left out otherwise.
   */
  readonly uneven?: boolean;
  /** When it was read, in epoch milliseconds. */
  readonly at: number;
}

/** The readings of a rollback's targets by target name. */
export type Census = Readonly<Record<string, TargetReading>>;

/** Percent of each target's traffic by revision, of those that serve any. */
export type Shares = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What these targets serve by a census; a target that was never read is left out. */
export function sharesOf(census: Census, targets: readonly string[]): Shares {
  const read = targets.flatMap((target) => {
    const serving = census[target]?.revisions.filter(({ weight }) => weight > 0);
    return serving
      ? [[target, Object.fromEntries(serving.map((entry) => [entry.revision, entry.weight]))] as const]
      : [];
  });
  return Object.fromEntries(read);
}

/** How much of a revision a target serves, and how much of it is ready. */
export type ReadyShare = Pick<RevisionReading, 'weight' | 'readyCapacity' | 'readyInstances'>;

/** The same of each revision that serves any, by target and revision. */
export type ReadyShares = Readonly<Record<string, Readonly<Record<string, ReadyShare>>>>;

/** What is ready of what these targets serve by a census; a target that was never read is left out. */
export function readySharesOf(census: Census, targets: readonly string[]): ReadyShares {
  const read = targets.flatMap((target) => {
    const reading = census[target];
    return reading ? [[target, readyIn(reading)] as const] : [];
  });
  return Object.fromEntries(read);
}

/** What is ready of each revision that serves any on one target. */
export function readyIn({ revisions }: TargetReading): Readonly<Record<string, ReadyShare>> {
  const serving = revisions.filter(({ weight }) => weight > 0);
  return Object.fromEntries(
    serving.map(({ revision, weight, readyCapacity, readyInstances }) => [
      revision,
      { weight, readyCapacity, readyInstances },
    ]),
  );
}

/** What metrics call revisions, by target and revision. */
export type KnownAs = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** What metrics call the revisions of these targets; undefined where all of them go by their names. */
export function knownAsOf(census: Census): KnownAs | undefined {
  const targets = Object.values(census).flatMap(({ target, revisions }) => {
    const named = revisions.flatMap(({ revision, knownAs }) => (knownAs?.length ? [[revision, knownAs] as const] : []));
    return named.length > 0 ? [[target, Object.fromEntries(named)] as const] : [];
  });
  return targets.length > 0 ? Object.fromEntries(targets) : undefined;
}

/** Percent of the target's traffic on the revision; 0 when the revision is not there. */
export function weightOf(reading: TargetReading | undefined, revision: string): number {
  return reading?.revisions.find((entry) => entry.revision === revision)?.weight ?? 0;
}

/** Percent of full traffic that the revision's ready instances could serve; 0 when it is not there. */
export function capacityOf(reading: TargetReading | undefined, revision: string): number {
  return reading?.revisions.find((entry) => entry.revision === revision)?.readyCapacity ?? 0;
}
