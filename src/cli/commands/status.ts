import type { Command } from 'commander';
import { fullName, renderStatusBlock, scriptOf, scriptOfView } from '../../domain/report';
import type { RollbackRef } from '../../domain/rollback/request';
import type { StatusView } from '../../domain/rollback/status-view';
import { archivedReport } from '../archived';
import { exitOfView, throughDoor, withConfig, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import type { StatusSnapshot } from '../door';
import { noteAutomation } from '../environments';
import { CliError, EXIT, exitCodeOf } from '../exit-codes';
import type { ExitCode } from '../exit-codes';
import { isNumbered, parseName } from '../names';
import { printJson, printText, widthOf } from '../output';
import { locate } from '../say';
import { printScript } from '../script';
import { snapshotText, watch } from '../watch';

interface StatusOptions extends DoorOptions {
  readonly watch?: boolean;
  readonly script?: boolean;
  readonly config?: string;
}

/** `status`: where a rollback is, why, and what comes next. */
export function registerStatus(program: Command, cli: Cli): void {
  withConfig(withDoorOptions(program.command('status <name>')))
    .description('show where a rollback is, why, and what happens next (exit code 3: it waits)')
    .option('-w, --watch', 'stay until it ends')
    .option('--script', 'print what is left as a shell script instead, for the case that nothing of ours answers')
    .action(async (nameText: string, options: StatusOptions) => {
      const name = parseName(nameText);
      try {
        await throughDoor(cli, options, async (door) => {
          const ref = await locate(door, name);
          const noted = noteAutomation(cli, door, [ref.environment]);
          if (options.watch) return noted.then(() => watch(cli, door, ref, options));
          const [snapshot] = await Promise.all([door.status(ref), noted]);
          return show(cli, ref, options, snapshot);
        });
      } catch (error) {
        if (!isNumbered(name) || exitCodeOf(error) !== EXIT.unavailable) throw error;
        const report = await archivedReport(cli, name, options.config);
        if (!report) throw error;
        cli.exit = showArchived(cli, report.model.status, options);
      }
    });
}

async function show(cli: Cli, ref: RollbackRef, options: StatusOptions, snapshot: StatusSnapshot): Promise<ExitCode> {
  const over =
    snapshot.kind === 'notFound' || (snapshot.kind === 'described' && snapshot.described.condition === 'closed');
  const report = over ? await archivedReport(cli, ref, options.config) : undefined;
  if (report) return showArchived(cli, report.model.status, options);
  if (options.script) printScript(cli, fullName(ref), scriptOf(snapshot));
  else if (options.output === 'json') printJson(cli, snapshot);
  else if (snapshot.kind !== 'notFound') printText(cli, snapshotText(cli, snapshot));
  switch (snapshot.kind) {
    case 'live':
      return exitOfView(snapshot.view);
    case 'described':
    case 'lastKnown':
      return EXIT.unavailable;
    case 'notFound':
      throw notThere(ref);
  }
}

/** A run that Temporal has forgotten, or cannot ask any more, is still in the archive. */
function showArchived(cli: Cli, view: StatusView, options: StatusOptions): ExitCode {
  if (options.script) printScript(cli, fullName(view), scriptOfView(view));
  else if (options.output === 'json') printJson(cli, { kind: 'archived', view });
  else printText(cli, renderStatusBlock(view, { now: cli.now(), width: widthOf(cli) }));
  return exitOfView(view);
}

function notThere(ref: RollbackRef): CliError {
  const service = `${ref.environment}/${ref.service}`;
  return new CliError(
    EXIT.failed,
    `${fullName(ref)} does not exist. See those that do: phased-rollback list ${service}`,
  );
}
