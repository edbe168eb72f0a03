import type { Command } from 'commander';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { AnswerOptions } from '../say';

/** `adopt`: take what was read back as done. */
export function registerAdopt(program: Command, cli: Cli): void {
  withWordOptions(program.command('adopt <name>'))
    .description('take what was read back from a target as done')
    .option('--wait <id>', 'the wait that is answered; without it the present one is shown')
    .option('--target <name>', 'the target that is meant, where the wait does not say')
    .action((name: string, options: AnswerOptions) => sayToRollback(cli, name, 'adopt', options));
}
