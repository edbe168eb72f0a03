import type { Command } from 'commander';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { AnswerOptions } from '../say';

/** `skip`: leave a target out; the rollback ends partial. */
export function registerSkip(program: Command, cli: Cli): void {
  withWordOptions(program.command('skip <name>'))
    .description('leave a target out; the rollback ends partial')
    .option('--wait <id>', 'the wait that is answered; without it the present one is shown')
    .option('--target <name>', 'the target that is meant, where the wait does not say')
    .action((name: string, options: AnswerOptions) => sayToRollback(cli, name, 'skip', options));
}
