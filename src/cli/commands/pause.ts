import type { Command } from 'commander';
import { fullName } from '../../domain/report';
import { throughDoor } from '../cli';
import type { Cli } from '../cli';
import type { PausedAll } from '../door';
import { environmentOption, parseEnvironment } from '../environments';
import { CliError, EXIT } from '../exit-codes';
import type { ExitCode } from '../exit-codes';
import { speaker } from '../names';
import { printJson, printNote, printText, renderTable } from '../output';
import { sayToRollback, withWordOptions } from '../say';
import type { WordOptions } from '../say';

interface PauseOptions extends WordOptions {
  readonly all?: boolean;
  readonly environment: string;
}

/** `pause`: no side effect from now on; watching goes on. */
export function registerPause(program: Command, cli: Cli): void {
  withWordOptions(program.command('pause [name]'))
    .alias('halt')
    .description(
      'stop: no side effect from now on; it keeps watching. With --all every live rollback of an environment',
    )
    .option('--all', 'every live rollback of the environment; needs --reason')
    .addOption(environmentOption())
    .action((name: string | undefined, options: PauseOptions) => {
      if (options.all) return pauseEverything(cli, name, options);
      if (name !== undefined) return sayToRollback(cli, name, 'pause', options);
      throw new CliError(
        EXIT.usage,
        'pause what? Name one, like prod/checkout, or add --all for all of an environment',
      );
    });
}

async function pauseEverything(cli: Cli, name: string | undefined, options: PauseOptions): Promise<void> {
  if (name !== undefined)
    throw new CliError(
      EXIT.usage,
      `--all does not go with ${name}: it pauses all of --environment ${options.environment}`,
    );
  if (options.reason === undefined)
    throw new CliError(EXIT.usage, 'pause --all needs --reason: it stands in every rollback that it pauses');
  const environment = parseEnvironment(options.environment);
  const command = {
    kind: 'pause' as const,
    id: options.id ?? cli.newId(),
    by: speaker(options.by, cli.env),
    at: cli.now(),
    reason: options.reason,
  };
  await throughDoor(cli, options, async (door) =>
    printAll(cli, environment, options, await door.pauseAll(environment, command)),
  );
}

function printAll(cli: Cli, environment: string, options: PauseOptions, paused: PausedAll): ExitCode {
  const { rollbacks, listedOnly } = paused;
  if (options.output === 'json') printJson(cli, paused);
  else if (rollbacks.length === 0) printText(cli, `no rollback of ${environment} is live`);
  else {
    const rows = rollbacks.map(({ answer, ...ref }) => [
      fullName(ref),
      answer.kind === 'refused' ? answer.code : answer.kind,
      answer.kind === 'recorded' ? 'not yet answered; it will be, once a worker is alive' : answer.text,
    ]);
    printText(cli, renderTable(['ROLLBACK', 'ANSWER', ''], rows));
  }
  if (listedOnly)
    printNote(
      cli,
      `${environment} did not answer: these are from the list, which lags a little; say it again in some seconds`,
    );
  printNote(
    cli,
    `new ones can still begin; to stop that too: phased-rollback automation off --environment ${environment} --for 1h --reason …`,
  );
  if (rollbacks.some(({ answer }) => answer.kind === 'recorded')) return EXIT.waiting;
  return rollbacks.some(({ answer }) => answer.kind === 'refused' && answer.code !== 'ALREADY_PAUSED')
    ? EXIT.failed
    : EXIT.ok;
}
