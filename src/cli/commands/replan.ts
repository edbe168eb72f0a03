import { Option } from 'commander';
import type { Command } from 'commander';
import type { Pace } from '../../domain/policy/policy';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { WordOptions } from '../say';

interface ReplanOptions extends WordOptions {
  readonly pace: Pace;
}

/** `replan`: another pace for what is left; a new gate where the mode asks. */
export function registerReplan(program: Command, cli: Cli): void {
  withWordOptions(program.command('replan <name>'))
    .description('plan what is left anew, with another pace')
    .addOption(
      new Option('--pace <pace>', 'how fast it widens')
        .choices(['surgical', 'balanced', 'express'])
        .makeOptionMandatory(),
    )
    .action((name: string, options: ReplanOptions) => sayToRollback(cli, name, 'replan', options));
}
