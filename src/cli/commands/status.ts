import type { Command } from 'commander';
import { renderStatusBlock } from '../../domain/report';
import type { RollbackRef } from '../../domain/rollback/request';
import { archivedReport } from '../archived';
import { exitOfView, throughDoor, withConfig, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import type { Snapshot } from '../door';
import { CliError, EXIT } from '../exit-codes';
import type { ExitCode } from '../exit-codes';
import { parseName } from '../names';
import { printJson, printText, widthOf } from '../output';
import { locate } from '../say';
import { snapshotText, watch } from '../watch';

interface StatusOptions extends DoorOptions {
  readonly watch?: boolean;
  readonly config?: string;
}

/** `status`: where a rollback is, why, and what comes next. */
export function registerStatus(program: Command, cli: Cli): void {
  withConfig(withDoorOptions(program.command('status <name>')))
    .description('show where a rollback is, why, and what happens next (exit code 3: it waits)')
    .option('-w, --watch', 'stay until it ends')
    .action(async (nameText: string, options: StatusOptions) => {
      const name = parseName(nameText);
      await throughDoor(cli, options, async (door) => {
        const ref = await locate(door, name);
        if (options.watch) return watch(cli, door, ref, options);
        return show(cli, ref, options, await door.status(ref));
      });
    });
}

async function show(cli: Cli, ref: RollbackRef, options: StatusOptions, snapshot: Snapshot): Promise<ExitCode> {
  switch (snapshot.kind) {
    case 'live':
    case 'described':
      if (options.output === 'json') printJson(cli, snapshot);
      else printText(cli, snapshotText(cli, snapshot));
      return snapshot.kind === 'live' ? exitOfView(snapshot.view) : EXIT.unavailable;
    case 'notFound':
      return showArchived(cli, ref, options);
  }
}

/** A run that Temporal has forgotten is still in the archive. */
async function showArchived(cli: Cli, ref: RollbackRef, options: StatusOptions): Promise<ExitCode> {
  const report = await archivedReport(cli, ref, options.config);
  if (!report) {
    const name = `${ref.environment}/${ref.service}`;
    throw new CliError(EXIT.failed, `${name}/${ref.number} does not exist. See those that do: phased-rollback list ${name}`);
  }
  const { status } = report.model;
  if (options.output === 'json') printJson(cli, { kind: 'archived', view: status });
  else printText(cli, renderStatusBlock(status, { now: cli.now(), width: widthOf(cli) }));
  return exitOfView(status);
}
