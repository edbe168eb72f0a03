import type { Command } from 'commander';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { WordOptions } from '../say';

/** `abort`: end it where it stands; moves nothing. */
export function registerAbort(program: Command, cli: Cli): void {
  withWordOptions(program.command('abort <name>'))
    .description('end it where it stands; moves nothing')
    .action((name: string, options: WordOptions) => sayToRollback(cli, name, 'abort', options));
}
