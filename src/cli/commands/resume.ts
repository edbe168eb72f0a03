import type { Command } from 'commander';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { WordOptions } from '../say';

/** `resume`: go on after a pause. */
export function registerResume(program: Command, cli: Cli): void {
  withWordOptions(program.command('resume <name>'))
    .description('go on after a pause')
    .action((name: string, options: WordOptions) => sayToRollback(cli, name, 'resume', options));
}
