import type { Cli } from './cli';
import { CliError, EXIT } from './exit-codes';

/** Prints the steps that are left as a shell script and nothing else, so that it can be kept in a file. */
export function printScript(cli: Cli, name: string, script: string | undefined): void {
  if (script === undefined)
    throw new CliError(
      EXIT.failed,
      `no steps of ${name} are left to do by hand, or none are known: targets are asked for them with the checks`,
    );
  cli.out.write(script);
}
