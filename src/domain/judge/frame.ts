/** What numbers that are kept by target are in the order of, and what times that are kept are counted from. */
export interface Frame {
  readonly targets: readonly string[];
  /** When the phase began; epoch milliseconds. */
  readonly startedAt: number;
  /** When the newest sample was taken. */
  readonly lastAt: number;
}

/** Milliseconds since the phase began. */
export function sinceStart({ startedAt }: Frame, at: number | undefined): number | undefined {
  return at === undefined ? undefined : at - startedAt;
}

/** When that was. */
export function timeOf({ startedAt }: Frame, sinceMs: number | undefined): number | undefined {
  return sinceMs === undefined ? undefined : startedAt + sinceMs;
}

/** A value of each target that has one, from their numbers in the order of the targets. */
export function byTarget<Value>(
  { targets }: Frame,
  valueOf: (target: string) => Value | undefined,
): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const target of targets) {
    const value = valueOf(target);
    if (value !== undefined) values[target] = value;
  }
  return values;
}
