import type { Command } from 'commander';
import { throughDoor, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { parseServiceName } from '../names';
import { printError, printJson, printText } from '../output';

/** `gate`: may this revision be deployed? 0 allowed, 1 refused, 5 nobody could say. */
export function registerGate(program: Command, cli: Cli): void {
  withDoorOptions(program.command('gate <service> <revision>'))
    .description('ask whether a revision may be deployed (exit code 0 allowed, 1 refused, 5 nobody could say)')
    .action(async (serviceText: string, revision: string, options: DoorOptions) => {
      const service = parseServiceName(serviceText);
      await unavailableUnlessUsage(() =>
        throughDoor(cli, options, async (door) => {
          const answer = await door.gate(service, revision);
          if (options.output === 'json') printJson(cli, { service: serviceText, revision, ...answer });
          else if (answer.allowed) printText(cli, `${revision} may be deployed to ${serviceText}: ${answer.text}`);
          else printError(cli, `${revision} may not be deployed to ${serviceText}: ${answer.text}`);
          return answer.allowed ? EXIT.ok : EXIT.failed;
        }),
      );
    });
}

/** Only a real "no" may look like one: whatever keeps us from asking is 5, and the pipeline chooses. */
async function unavailableUnlessUsage(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new CliError(EXIT.unavailable, text, { cause: error });
  }
}
