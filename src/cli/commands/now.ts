import type { Command } from 'commander';
import type { ServiceCommand } from '../../contracts/messages';
import { ACCEPTING_NEEDS_A_REASON } from '../../domain/rollback/command';
import { fullName } from '../../domain/report';
import { throughDoor } from '../cli';
import type { Cli } from '../cli';
import type { Door } from '../door';
import { CliError, EXIT } from '../exit-codes';
import { parseName } from '../names';
import type { RollbackName } from '../names';
import { locate, printAnswer, spoken, withWordOptions } from '../say';
import type { WordOptions } from '../say';
import { watch } from '../watch';

interface NowOptions extends WordOptions {
  readonly cold?: boolean;
  readonly acceptIrreversible?: boolean;
  readonly watch?: boolean;
}

/** `now`: take back all that is left at once; starts a rollback where none is live. */
export function registerNow(program: Command, cli: Cli): void {
  withWordOptions(program.command('now <name>'))
    .description('take back all that is left at once, without gates and verdicts; starts a rollback where none is live')
    .option('--cold', 'even where too little of the old revision is ready')
    .option('--accept-irreversible', 'even past a point of no return; needs --reason')
    .option('-w, --watch', 'stay until it ends')
    .action((nameText: string, options: NowOptions) => takeBackNow(cli, nameText, options));
}

async function takeBackNow(cli: Cli, nameText: string, options: NowOptions): Promise<void> {
  if (options.acceptIrreversible && options.reason === undefined)
    throw new CliError(EXIT.usage, `--accept-irreversible needs --reason: ${ACCEPTING_NEEDS_A_REASON}`);
  const name = parseName(nameText);
  const command: ServiceCommand = {
    kind: 'now',
    ...spoken(cli, options),
    ...(options.cold ? { cold: true } : {}),
    ...(options.acceptIrreversible ? { acceptIrreversible: true } : {}),
  };
  await throughDoor(cli, options, async (door) => {
    await demandLive(door, name);
    const answer = await door.tellService(name, command);
    const exit = printAnswer(cli, options, { about: nameText, kind: 'now', id: command.id }, answer);
    if (exit !== EXIT.ok || !options.watch) return exit;
    return watch(cli, door, await locate(door, name), options);
  });
}

/** Who names one rollback does not mean to start another. */
async function demandLive(door: Door, name: RollbackName): Promise<void> {
  if (name.number === undefined) return;
  const ref = { ...name, number: name.number };
  const latest = await door.latest(name);
  const snapshot = latest?.number === name.number ? await door.status(ref) : undefined;
  const over =
    snapshot === undefined || snapshot.kind === 'notFound' || (snapshot.kind === 'live' && snapshot.view.end);
  if (!over) return;
  throw new CliError(
    EXIT.failed,
    `${fullName(ref)} is not live. To begin a new rollback that goes at once: phased-rollback now ${name.environment}/${name.service}`,
  );
}
