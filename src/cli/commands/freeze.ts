import type { Command } from 'commander';
import type { ServiceCommand } from '../../contracts/messages';
import { throughDoor } from '../cli';
import type { Cli } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { parseServiceName } from '../names';
import { printAnswer, spoken, withWordOptions } from '../say';
import type { WordOptions } from '../say';
import { lazy } from '../lazy';

interface FreezeOptions extends WordOptions {
  readonly for: string;
}

/** `freeze`: neither deployments nor automatic rollbacks of the service until then. */
export function registerFreeze(program: Command, cli: Cli): void {
  withWordOptions(program.command('freeze <service>'))
    .description('for a while: no deployment (see gate), and no alert starts a rollback')
    .requiredOption('--for <duration>', 'how long, like 30m or 2h')
    .action(async (service: string, options: FreezeOptions) => {
      const { parseDuration } = lazy.config();
      const lengthMs = parseDuration(options.for);
      if (lengthMs === undefined || lengthMs <= 0) {
        throw new CliError(EXIT.usage, `--for ${options.for} is not a length of time: write one like 30m or 2h`);
      }
      const at = cli.now();
      await tell(cli, service, options, { kind: 'freeze', until: at + lengthMs });
    });
}

/** `thaw`: the end of a freeze. */
export function registerThaw(program: Command, cli: Cli): void {
  withWordOptions(program.command('thaw <service>'))
    .description('end a freeze')
    .action((service: string, options: WordOptions) => tell(cli, service, options, { kind: 'thaw' }));
}

async function tell(
  cli: Cli,
  serviceText: string,
  options: WordOptions,
  word: { readonly kind: 'freeze'; readonly until: number } | { readonly kind: 'thaw' },
): Promise<void> {
  const service = parseServiceName(serviceText);
  const command: ServiceCommand = { ...spoken(cli, options), ...word };
  await throughDoor(cli, options, async (door) => {
    const answer = await door.tellService(service, command);
    return printAnswer(cli, options, { about: serviceText, kind: word.kind, id: command.id }, answer);
  });
}
