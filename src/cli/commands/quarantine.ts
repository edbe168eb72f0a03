import type { Command } from 'commander';
import type { ServiceCommand } from '../../contracts/messages';
import { throughDoor } from '../cli';
import type { Cli } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { parseServiceName, speaker } from '../names';
import { printAnswer, withReasonedWordOptions } from '../say';
import type { ReasonedWordOptions } from '../say';

/** `quarantine`: a revision is kept out until somebody lets it in again. */
export function registerQuarantine(program: Command, cli: Cli): void {
  withReasonedWordOptions(program.command('quarantine <service> <revision>'))
    .description('keep a revision out: no gate lets it be deployed, no rollback goes back to it')
    .action((service: string, revision: string, options: ReasonedWordOptions) =>
      tell(cli, 'quarantine', service, revision, options),
    );
}

/** `unquarantine`: it may serve again, and a rollback may go back to it. */
export function registerUnquarantine(program: Command, cli: Cli): void {
  withReasonedWordOptions(program.command('unquarantine <service> <revision>'))
    .description('let a revision that was kept out serve again')
    .action((service: string, revision: string, options: ReasonedWordOptions) =>
      tell(cli, 'unquarantine', service, revision, options),
    );
}

async function tell(
  cli: Cli,
  kind: 'quarantine' | 'unquarantine',
  serviceText: string,
  revision: string,
  options: ReasonedWordOptions,
): Promise<void> {
  const service = parseServiceName(serviceText);
  if (revision === '') throw new CliError(EXIT.usage, `${kind} needs the name of a revision`);
  if (options.reason === '') throw new CliError(EXIT.usage, `--reason is empty: say why, it is kept with the ${kind}`);
  const by = speaker(options.by, cli.env);
  const command: ServiceCommand = {
    kind,
    id: options.id ?? cli.newId(),
    by,
    at: cli.now(),
    reason: options.reason,
    revision,
  };
  await throughDoor(cli, options, async (door) => {
    const answer = await door.tellService(service, command);
    return printAnswer(cli, options, { about: serviceText, kind, id: command.id }, answer);
  });
}
