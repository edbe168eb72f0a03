/**
 * Where a user falls in [0, 100), evenly over users and independent from salt to salt.
 * FNV-1a over the characters, then an avalanche, because FNV alone keeps similar names close together.
 */
export function bucketOf(user: string, salt: string): number {
  const text = `${user}\n${salt}`;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000) * 100;
}

/** True when the user is served by the old revision at this weight (percent). Once true, true at every larger weight. */
export function servedByOld(user: string, salt: string, weight: number): boolean {
  return bucketOf(user, salt) < weight;
}

/**
 * The salt to shift with: a rollback brings its own only while everybody is on one side,
 * for a new salt under a split in force would throw users back.
 */
export function saltFor(current: { readonly salt: string; readonly weight: number }, rollback: string): string {
  return current.weight === 0 || current.weight === 100 ? rollback : current.salt;
}
