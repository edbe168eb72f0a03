import type { Command } from 'commander';
import { formatDuration, formatUtc, fullName } from '../../domain/report';
import { throughDoor, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import type { ListedRollback } from '../door';
import { noteAutomation } from '../environments';
import { CliError, EXIT } from '../exit-codes';
import { isNamePart } from '../names';
import { printJson, printText, renderTable } from '../output';

interface ListOptions extends DoorOptions {
  readonly limit: string;
  readonly live?: boolean;
}

/** `list`: the rollbacks there are, newest first. */
export function registerList(program: Command, cli: Cli): void {
  withDoorOptions(program.command('list [name]'))
    .description('list rollbacks, newest first; of one environment (prod) or service (prod/checkout) where named')
    .option('--live', 'only those that have not ended')
    .option('--limit <n>', 'at most so many', '20')
    .action(async (name: string | undefined, options: ListOptions) => {
      const filter = { ...readFilter(name), limit: readLimit(options.limit) };
      await throughDoor(cli, options, async (door) => {
        const shown = await door.list({ ...filter, ...(options.live ? { live: true } : {}) });
        if (options.output === 'json') printJson(cli, shown);
        else printText(cli, shown.length === 0 ? 'no rollbacks' : table(shown, cli.now()));
        await noteAutomation(cli, door, [
          ...(filter.environment === undefined ? [] : [filter.environment]),
          ...shown.map(({ environment }) => environment),
        ]);
        return EXIT.ok;
      });
    });
}

type Listed = readonly ListedRollback[];

function table(rollbacks: Listed, now: number): string {
  const rows = rollbacks.map((rollback) => [
    fullName(rollback),
    rollback.stage,
    rollback.reason ?? '',
    formatUtc(rollback.startedAt),
    formatDuration((rollback.endedAt ?? now) - rollback.startedAt),
  ]);
  return renderTable(['ROLLBACK', 'STAGE', 'REASON', 'STARTED', 'TOOK'], rows);
}

function readFilter(name: string | undefined): { readonly environment?: string; readonly service?: string } {
  if (name === undefined) return {};
  const [environment, service, ...rest] = name.split('/');
  if (!isNamePart(environment) || rest.length > 0 || (service !== undefined && !isNamePart(service))) {
    throw new CliError(EXIT.usage, `"${name}" is neither an environment (prod) nor a service (prod/checkout)`);
  }
  return service === undefined ? { environment } : { environment, service };
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new CliError(EXIT.usage, `--limit ${text}: write a whole number from 1 to 1000`);
}
