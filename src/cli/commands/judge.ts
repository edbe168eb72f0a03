import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Cli } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { lazy } from '../lazy';
import type { RecordedVerdict } from '../recorded-runs';

interface JudgeOptions {
  readonly everySample?: boolean;
}

/** `judge`: what the judge says of recorded samples, through the same code that judges a live phase. */
export function registerJudge(program: Command, cli: Cli): void {
  program
    .command('judge')
    .argument('[file]', 'JSON Lines of runs, their history and their samples', '-')
    .description('replay recorded samples and print the verdict of each run as a line of JSON')
    .option('--every-sample', 'print what was said at every sample, not only the verdict')
    .action((file: string, options: JudgeOptions) => replay(cli, file, options.everySample === true));
}

async function replay(cli: Cli, file: string, everySample: boolean): Promise<void> {
  const { judgeRuns } = lazy.recordedRuns();
  const input = file === '-' ? cli.in : await opened(file);
  let seen = 0;
  for await (const verdict of judgeRuns(input, file === '-' ? 'stdin' : file, everySample)) {
    seen += 1;
    cli.out.write(`${JSON.stringify(printed(verdict))}\n`);
  }
  if (seen === 0) throw new CliError(EXIT.usage, 'no run was read; the first line is {"type":"run","id":…}');
}

async function opened(file: string): Promise<NodeJS.ReadableStream> {
  try {
    return (await open(file)).createReadStream();
  } catch (error) {
    throw new CliError(EXIT.usage, `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function printed({ id, t, verdict }: RecordedVerdict): object {
  const { decision, reason, evidence, text, stable, current, escalate } = verdict;
  return { id, verdict: decision, reason, t, escalate, text, stable, current, evidence };
}
