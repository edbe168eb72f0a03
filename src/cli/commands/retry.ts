import type { Command } from 'commander';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { AnswerOptions } from '../say';

/** `retry`: again after a fault, or watch on after the longest bake. */
export function registerRetry(program: Command, cli: Cli): void {
  withWordOptions(program.command('retry <name>'))
    .description('after a fault: try again; after the longest bake: watch on with the same evidence')
    .option('--wait <id>', 'the wait that is answered; without it the present one is shown')
    .action((name: string, options: AnswerOptions) => sayToRollback(cli, name, 'retry', options));
}
