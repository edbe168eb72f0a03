/** The release of the Temporal command line that is fetched or built when none is there. */
export const CLI_VERSION = '1.5.1';

/** Server releases (major.minor) that this product is tested with, both inclusive. */
export const TESTED_SERVERS = { oldest: '1.29', newest: '1.31' } as const;

/** What a Temporal binary says about itself; an unstamped Go build calls its own version `0.0.0-DEV`. */
export interface BinaryVersions {
  readonly version: string;
  readonly serverVersion: string;
}

/** Reads the output of `temporal --version`; undefined for anything else. */
export function parseVersionOutput(output: string): BinaryVersions | undefined {
  const match = /temporal version (\S+) \(Server (\d+\.\d+\.\d+[^\s,)]*)/.exec(output);
  return match?.[1] && match[2] ? { version: match[1], serverVersion: match[2] } : undefined;
}

/** Where a server version lies relative to the tested range; `unknown` when it is not a version at all. */
export function placeOf(serverVersion: string): 'older' | 'tested' | 'newer' | 'unknown' {
  const rank = rankOf(serverVersion);
  if (rank === undefined) return 'unknown';
  if (rank < (rankOf(TESTED_SERVERS.oldest) ?? 0)) return 'older';
  return rank > (rankOf(TESTED_SERVERS.newest) ?? 0) ? 'newer' : 'tested';
}

function rankOf(version: string): number | undefined {
  const match = /^(\d+)\.(\d+)/.exec(version);
  return match ? Number(match[1]) * 1000 + Number(match[2]) : undefined;
}
