import type { Command } from 'commander';
import type { ServiceCommand } from '../../contracts/messages';
import type { Release } from '../../domain/service/release';
import { throughDoor } from '../cli';
import type { Cli } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { parseServiceName, readSlot, speaker } from '../names';
import { printAnswer, withWordOptions } from '../say';
import type { WordOptions } from '../say';
import { readTime } from '../times';

interface ReleaseOptions extends WordOptions {
  readonly from?: string;
  readonly to?: string;
  readonly schema?: string;
  readonly change?: string;
  readonly slot?: readonly string[];
  readonly irreversible?: readonly string[];
  readonly irreversibleSince?: string;
}

/** `release`: CI tells that a revision began to serve; with a past time it is imported. */
export function registerRelease(program: Command, cli: Cli): void {
  withWordOptions(program.command('release <service> <revision>'))
    .description('record that a revision began to serve, now or in the past')
    .option('--from <time>', 'when it began, as 2026-11-23T02:40:00Z (default: now)')
    .option('--to <time>', 'when the next one replaced it')
    .option('--slot <slot...>', 'where it was put: blue on every target, or eu/blue on one')
    .option('--schema <min-max>', 'schema versions it can work with, as 3-5')
    .option('--irreversible <what...>', 'what it does that going back cannot undo, as "drops orders.note"')
    .option('--irreversible-since <time>', 'from when on that is so, past or ahead (default: now)')
    .option('--change <text>', 'commit, change or ticket')
    .action((service: string, revision: string, options: ReleaseOptions) => release(cli, service, revision, options));
}

async function release(cli: Cli, serviceText: string, revision: string, options: ReleaseOptions): Promise<void> {
  const service = parseServiceName(serviceText);
  const by = speaker(options.by, cli.env);
  const command: ServiceCommand = {
    kind: 'release',
    id: options.id ?? cli.newId(),
    by,
    at: cli.now(),
    reason: options.reason,
    releases: [readRelease(revision, by, options, cli.now())],
  };
  await throughDoor(cli, options, async (door) => {
    const answer = await door.tellService(service, command);
    return printAnswer(cli, options, { about: serviceText, kind: 'release', id: command.id }, answer);
  });
}

function readRelease(revision: string, by: string, options: ReleaseOptions, now: number): Release {
  const from = options.from === undefined ? now : readTime('--from', options.from);
  const to = options.to === undefined ? undefined : readTime('--to', options.to);
  if (from > now)
    throw new CliError(
      EXIT.usage,
      `--from ${options.from ?? ''} is in the future; record a release when it begins to serve`,
    );
  if (to !== undefined && to <= from) throw new CliError(EXIT.usage, '--to must be later than --from');
  return {
    revision,
    from,
    source: options.from === undefined ? 'recorded' : 'imported',
    by,
    ...(to === undefined ? {} : { to }),
    ...(options.slot === undefined ? {} : { slots: options.slot.map((slot) => readSlot('--slot', slot)) }),
    ...(options.schema === undefined ? {} : { schema: readRange(options.schema) }),
    ...readIrreversible(options, now),
    ...(options.change === undefined ? {} : { change: options.change }),
  };
}

function readIrreversible(options: ReleaseOptions, now: number): Pick<Release, 'irreversible'> {
  const { irreversible: whats, irreversibleSince } = options;
  if (!whats) {
    if (irreversibleSince === undefined) return {};
    throw new CliError(EXIT.usage, '--irreversible-since says when; add --irreversible to say what');
  }
  const since = irreversibleSince === undefined ? now : readTime('--irreversible-since', irreversibleSince);
  return { irreversible: whats.map((what) => ({ what, since })) };
}

function readRange(text: string): { readonly min: number; readonly max: number } {
  const [, low, high] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  const range = { min: Number(low), max: Number(high) };
  if (low !== undefined && range.min <= range.max) return range;
  throw new CliError(EXIT.usage, `--schema ${text}: write lowest and highest version, like 3-5`);
}
