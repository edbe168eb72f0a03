import type { Command } from 'commander';
import type { Cli } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { printText, renderTable } from '../output';
import { lazy } from '../lazy';

interface DemoCliOptions {
  readonly keep?: boolean;
  readonly list?: boolean;
  readonly stateDir?: string;
}

/** `demo`: the product on a real little fleet; exit code 0 only if what should happen did. */
export function registerDemo(program: Command, cli: Cli): void {
  program
    .command('demo [scenario]')
    .description('play a scenario on real processes; ends with a report, and 0 only if what should happen did')
    .option('--list', 'name the scenarios')
    .option('--keep', 'keep everything running afterwards, to look around')
    .option('--state-dir <folder>', 'where logs, policy and reports go')
    .action((scenario: string | undefined, options: DemoCliOptions) => demo(cli, scenario ?? 'helps', options));
}

async function demo(cli: Cli, name: string, options: DemoCliOptions): Promise<void> {
  const { runDemo, SCENARIOS } = lazy.demo();
  const scenarios = Object.values(SCENARIOS);
  if (options.list) {
    printText(
      cli,
      renderTable(
        ['SCENARIO', 'STORY'],
        scenarios.map((scenario) => [scenario.name, scenario.story]),
      ),
    );
    return;
  }
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (!scenario) {
    const names = scenarios.map((candidate) => candidate.name).join(', ');
    throw new CliError(EXIT.usage, `there is no scenario "${name}"; there are: ${names}`);
  }
  const well = await runDemo({ scenario: scenario.name, stateDir: options.stateDir, keep: options.keep === true });
  cli.exit = well ? EXIT.ok : EXIT.failed;
}
