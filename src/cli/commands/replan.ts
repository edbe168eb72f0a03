import { Option } from 'commander';
import type { Command } from 'commander';
import type { Pace } from '../../domain/policy/policy';
import { collect } from '../cli';
import type { Cli } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { parseLabels } from '../names';
import { sayToRollback, withWordOptions } from '../say';
import type { WordOptions } from '../say';

interface ReplanOptions extends WordOptions {
  readonly pace?: Pace;
  readonly select: readonly string[];
  readonly everything?: boolean;
}

/** `replan`: another pace, a smaller extent or all of it again for what is left; a new gate where the mode asks. */
export function registerReplan(program: Command, cli: Cli): void {
  withWordOptions(program.command('replan <name>'))
    .description('plan what is left anew, with another pace or extent')
    .addOption(new Option('--pace <pace>', 'how fast it widens').choices(['surgical', 'balanced', 'express']))
    .option('--select <label=value>', 'only targets with this label; may be repeated', collect, [])
    .option('--everything', 'all targets that were assessed, also those that --select had left out')
    .action((name: string, { select, everything, ...options }: ReplanOptions) => {
      const extent = parseLabels(select);
      const isNarrowed = Object.keys(extent).length > 0;
      if (isNarrowed && everything)
        throw new CliError(EXIT.usage, '--select leaves targets out and --everything takes all of them: say one');
      if (!isNarrowed && !everything && options.pace === undefined)
        throw new CliError(
          EXIT.usage,
          'say what changes: --pace surgical, balanced or express, --select label=value, or --everything',
        );
      return sayToRollback(cli, name, 'replan', { ...options, ...(isNarrowed || everything ? { extent } : {}) });
    });
}
