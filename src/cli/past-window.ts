import type { ServicePolicy } from '../domain/policy/policy';
import { formatDuration } from '../domain/report';
import { FEWEST_INTERVALS } from '../domain/simulation';
import { lastKnownGood } from '../domain/service/releases';
import type { SlotRecord } from '../domain/service/slots';
import type { Cli, ConnectionOptions } from './cli';
import { CliError, EXIT, exitCodeOf } from './exit-codes';
import { lazy } from './lazy';
import { readTime } from './times';

/** How a past window is named on the command line. */
export interface WindowOptions extends ConnectionOptions {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly suspect?: string;
  readonly old?: string;
}

/** A stretch of the past in epoch milliseconds; `said`: the options that named it. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly said: string;
}

const LONGEST_MS = 86_400_000;

/** The window that the options name; undefined where they name none. Throws usage errors with the option and the value. */
export function readWindow(options: WindowOptions, intervalMs: number, now: number): Window | undefined {
  const window = namedWindow(options, now);
  if (!window) return undefined;
  const { from, to, said } = window;
  const wrong = (what: string): CliError => new CliError(EXIT.usage, `${said}: ${what}`);
  if (to > now) throw wrong('the window ends in the future; a metric store knows the past alone');
  if (from >= to) throw wrong('the window ends before it begins; --from is the earlier of the two');
  if (to - from > LONGEST_MS)
    throw wrong(`${formatDuration(to - from)} are too long; name a window of at most ${formatDuration(LONGEST_MS)}`);
  const least = FEWEST_INTERVALS * intervalMs;
  if (to - from < least)
    throw wrong(
      `too short; ${FEWEST_INTERVALS} intervals of ${formatDuration(intervalMs)} are the least that tell anything, ${formatDuration(least)} in all`,
    );
  return window;
}

function namedWindow({ from, to, last, suspect, old }: WindowOptions, now: number): Window | undefined {
  if (old !== undefined && suspect === undefined)
    throw new CliError(EXIT.usage, `--old ${old}: name the suspect as well, with --suspect <revision>`);
  if (last !== undefined) {
    const lengthMs = lazy.config().parseDuration(last);
    if (lengthMs === undefined || lengthMs <= 0)
      throw new CliError(EXIT.usage, `--last ${last} is not a length of time: write one like 30m or 2h`);
    return { from: now - lengthMs, to: now, said: `--last ${last}` };
  }
  if (from !== undefined) {
    const said = `--from ${from}${to === undefined ? '' : ` --to ${to}`}`;
    return { from: readTime('--from', from), to: to === undefined ? now : readTime('--to', to), said };
  }
  if (to !== undefined) throw new CliError(EXIT.usage, `--to ${to}: say with --from where the window begins`);
  if (suspect === undefined) return undefined;
  throw new CliError(EXIT.usage, `--suspect ${suspect}: say which past is meant, with --last 2h or --from <time>`);
}

/** Whose past is read. Without `old` nothing is known of the revision to go back to. */
export interface Revisions {
  readonly suspect: string;
  readonly old?: string;
  /** What the release record says of slots, where Temporal was asked. */
  readonly slots?: SlotRecord;
}

/** The revisions named, else those of the newest release before the window ended, which Temporal knows. */
export async function revisionsOf(
  cli: Cli,
  policy: ServicePolicy,
  options: WindowOptions,
  window: Window,
): Promise<Revisions> {
  const { suspect, old } = options;
  if (suspect !== undefined) return { suspect, ...(old === undefined ? {} : { old }) };
  const { environment, service } = policy;
  const view = await asked(cli, options, { environment, service });
  const releases = (view?.releases ?? []).toReversed().filter(({ from }) => from <= window.to);
  const newest = releases.at(-1);
  if (!newest)
    throw new CliError(
      EXIT.usage,
      `${window.said}: no release of ${environment}/${service} before the end of it is known; name the revision with --suspect, and --old`,
    );
  const good = lastKnownGood(releases, view?.quarantined ?? [], newest.revision, policy, window.to);
  const slots = view?.slots;
  return { suspect: newest.revision, ...(good ? { old: good.revision } : {}), ...(slots ? { slots } : {}) };
}

async function asked(
  cli: Cli,
  options: WindowOptions,
  name: { readonly environment: string; readonly service: string },
): ReturnType<Awaited<ReturnType<Cli['openDoor']>>['serviceView']> {
  try {
    const door = await cli.openDoor(options);
    try {
      return await door.serviceView(name);
    } finally {
      await door.close();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const way = 'Temporal was asked for the last release; with --suspect <revision> it need not be';
    throw new CliError(exitCodeOf(error), `${why}\n${way}`, { cause: error });
  }
}
