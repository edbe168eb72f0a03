import type { Command } from 'commander';
import { formatUtc } from '../../domain/report';
import { throughDoor, withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import type { GateResult } from '../door';
import { CliError, EXIT } from '../exit-codes';
import type { ExitCode } from '../exit-codes';
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
          else if (answer.allowed === true) printText(cli, `${revision} may be deployed to ${serviceText}`);
          else printError(cli, `${revision}, ${serviceText}: ${refusal(answer)}`);
          return exitOfGate(answer);
        }),
      );
    });
}

function refusal(answer: Exclude<GateResult, { readonly allowed: true }>): string {
  if (answer.allowed === 'unknown') return `nobody could say whether it may be deployed: ${answer.because}`;
  const until = answer.until === undefined ? '' : `, until ${formatUtc(answer.until)}`;
  return `may not be deployed (${answer.by}${until}): ${answer.because}. To go past it: ${answer.override}`;
}

function exitOfGate(answer: GateResult): ExitCode {
  if (answer.allowed === 'unknown') return EXIT.unavailable;
  return answer.allowed ? EXIT.ok : EXIT.failed;
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
