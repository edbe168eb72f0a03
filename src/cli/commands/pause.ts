import type { Command } from 'commander';
import type { Cli } from '../cli';
import { sayToRollback, withWordOptions } from '../say';
import type { WordOptions } from '../say';

/** `pause`: no side effect from now on; watching goes on. */
export function registerPause(program: Command, cli: Cli): void {
  withWordOptions(program.command('pause <name>'))
    .alias('halt')
    .description('stop: no side effect from now on; it keeps watching')
    .action((name: string, options: WordOptions) => sayToRollback(cli, name, 'pause', options));
}
