import { writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { buildReport, fullName, renderReportHtml, renderReportMarkdown } from '../../domain/report';
import type { ReportModel } from '../../domain/report';
import type { RollbackRef } from '../../domain/rollback/request';
import { archivedReport } from '../archived';
import { throughDoor, withConfig, withDoorOptions } from '../cli';
import type { Cli, ConnectionOptions } from '../cli';
import type { Door } from '../door';
import { CliError, EXIT } from '../exit-codes';
import { isNumbered, parseName } from '../names';
import { printNote } from '../output';
import { locate } from '../say';

type Format = 'md' | 'html' | 'json';

interface ReportOptions extends ConnectionOptions {
  readonly format?: Format;
  readonly out?: string;
  readonly config?: string;
  readonly output: 'text' | 'json';
}

/** `report`: the report of a rollback that has ended, from the archive or from its own history. */
export function registerReport(program: Command, cli: Cli): void {
  withConfig(withDoorOptions(program.command('report <name>')))
    .description('print or save the report of a rollback that has ended')
    .addOption(
      new Option('-f, --format <format>', 'how it is written (default: md; json with --output json)').choices([
        'md',
        'html',
        'json',
      ]),
    )
    .option('--out <file>', 'write it there instead of printing it')
    .action(async (nameText: string, options: ReportOptions) => {
      const name = parseName(nameText);
      // An archived report of a numbered rollback is there also while Temporal is not.
      const archived = isNumbered(name) ? await archivedReport(cli, name, options.config) : undefined;
      if (archived) return deliver(cli, archived.model, options);
      await throughDoor(cli, options, async (door) => {
        await deliver(cli, await modelOf(cli, door, await locate(door, name), options.config), options);
        return EXIT.ok;
      });
    });
}

async function deliver(cli: Cli, model: ReportModel, options: ReportOptions): Promise<void> {
  const text = render(model, formatOf(options));
  if (options.out === undefined) cli.out.write(text);
  else await save(cli, options.out, text);
}

function formatOf(options: ReportOptions): Format {
  if (options.format) return options.format;
  if (options.output === 'json' || options.out?.endsWith('.json')) return 'json';
  return options.out?.endsWith('.html') ? 'html' : 'md';
}

function render(model: ReportModel, format: Format): string {
  switch (format) {
    case 'md':
      return renderReportMarkdown(model);
    case 'html':
      return renderReportHtml(model);
    case 'json':
      return `${JSON.stringify(model, undefined, 2)}\n`;
  }
}

/** The archive outlives Temporal's retention; without one, a closed run still answers from its history. */
async function modelOf(cli: Cli, door: Door, ref: RollbackRef, config: string | undefined): Promise<ReportModel> {
  const archived = await archivedReport(cli, ref, config);
  if (archived) return archived.model;
  const snapshot = await door.status(ref);
  const name = fullName(ref);
  if (snapshot.kind === 'notFound') {
    throw new CliError(
      EXIT.failed,
      `${name} is neither in Temporal nor in the archive. If its policy file is elsewhere, name it with --config`,
    );
  }
  if (snapshot.kind === 'described') {
    throw new CliError(
      EXIT.unavailable,
      `${name} does not answer and its report is not in the archive. See: phased-rollback status ${name}`,
    );
  }
  const state = await door.state(ref);
  if (!state.end)
    throw new CliError(
      EXIT.waiting,
      `${name} has not ended, so it has no report yet. See: phased-rollback status ${name}`,
    );
  return buildReport(state, state.end, cli.now());
}

async function save(cli: Cli, file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((error: unknown) => {
    throw new CliError(EXIT.failed, `cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`);
  });
  printNote(cli, `wrote ${file}`);
}
