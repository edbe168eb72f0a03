import { Command, CommanderError } from 'commander';
import type { Cli } from './cli';
import { registerAbort } from './commands/abort';
import { registerAdopt } from './commands/adopt';
import { registerApprove } from './commands/approve';
import { registerAutomation } from './commands/automation';
import { registerConfig } from './commands/config';
import { registerDemo } from './commands/demo';
import { registerDev } from './commands/dev';
import { registerDoctor } from './commands/doctor';
import { registerFreeze, registerThaw } from './commands/freeze';
import { registerGate } from './commands/gate';
import { registerGateway } from './commands/gateway';
import { registerInit } from './commands/init';
import { registerJudge } from './commands/judge';
import { registerList } from './commands/list';
import { registerNow } from './commands/now';
import { registerPause } from './commands/pause';
import { registerPlan } from './commands/plan';
import { registerQuarantine, registerUnquarantine } from './commands/quarantine';
import { registerRelease } from './commands/release';
import { registerReplan } from './commands/replan';
import { registerReport } from './commands/report';
import { registerResume } from './commands/resume';
import { registerRetry } from './commands/retry';
import { registerSetup } from './commands/setup';
import { registerSimulate } from './commands/simulate';
import { registerSkip } from './commands/skip';
import { registerSlot } from './commands/slot';
import { registerStart } from './commands/start';
import { registerStatus } from './commands/status';
import { registerUnwind } from './commands/unwind';
import { registerUpgrade } from './commands/upgrade';
import { registerWorker } from './commands/worker';
import { EXIT, exitCodeOf } from './exit-codes';
import type { ExitCode } from './exit-codes';
import { printError } from './output';

type Register = (program: Command, cli: Cli) => void;

/** Every command, in the groups and the order in which the help names them. */
const GROUPS: readonly { readonly title: string; readonly commands: readonly Register[] }[] = [
  {
    title: 'Roll back:',
    commands: [registerStart, registerNow, registerPlan, registerStatus, registerList, registerReport],
  },
  {
    title: 'Steer a rollback:',
    commands: [
      registerApprove,
      registerPause,
      registerResume,
      registerAbort,
      registerUnwind,
      registerRetry,
      registerReplan,
      registerAdopt,
      registerSkip,
      registerAutomation,
    ],
  },
  {
    title: 'Releases:',
    commands: [
      registerRelease,
      registerSlot,
      registerGate,
      registerFreeze,
      registerThaw,
      registerQuarantine,
      registerUnquarantine,
    ],
  },
  { title: 'Judge:', commands: [registerJudge, registerSimulate] },
  { title: 'Set up:', commands: [registerInit, registerConfig, registerDoctor, registerSetup] },
  { title: 'Run:', commands: [registerDev, registerWorker, registerGateway, registerUpgrade, registerDemo] },
];

const EXIT_HELP = `
Exit codes: 0 ok · 1 failed or refused · 2 usage or set-up · 3 it waits · 4 aborted · 5 unavailable`;

/** The whole command line; nothing heavy is loaded before a command runs. */
export function buildProgram(cli: Cli): Command {
  const program = new Command('phased-rollback')
    .description('Takes a bad release back in phases.')
    .version(cli.version, '-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(add --help to see how it is used)')
    .configureOutput({ writeOut: (text) => cli.out.write(text), writeErr: (text) => cli.err.write(text) })
    .addHelpText('after', EXIT_HELP);
  for (const { title, commands } of GROUPS) {
    program.commandsGroup(title);
    for (const register of commands) register(program, cli);
  }
  return program;
}

/** Runs one command line to its end. Never throws: every failure is one message on stderr and an exit code. */
export async function run(cli: Cli, args: readonly string[]): Promise<ExitCode> {
  try {
    await buildProgram(cli).parseAsync(args, { from: 'user' });
    return cli.exit;
  } catch (error) {
    // Commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    printError(cli, error);
    return exitCodeOf(error);
  }
}
