import type { Command } from 'commander';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { AnswerOptions } from '../say';

/** `approve`: yes to the wait that is named. */
export function registerApprove(program: Command, cli: Cli): void {
  withWordOptions(program.command('approve <name>'))
    .description('say yes to what it waits for; at a halt or a block it needs a --reason')
    .option('--wait <id>', 'the wait that is answered; without it the present one is shown')
    .action((name: string, options: AnswerOptions) => sayToRollback(cli, name, 'approve', options));
}
