import type { Command } from 'commander';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { WordOptions } from '../say';

/** `unwind`: put what was moved back onto the suspect. */
export function registerUnwind(program: Command, cli: Cli): void {
  withWordOptions(program.command('unwind <name>'))
    .description('put what was moved back onto the suspect, as it was before')
    .action((name: string, options: WordOptions) => sayToRollback(cli, name, 'unwind', options));
}
