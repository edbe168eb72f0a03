import { Argument } from 'commander';
import type { Command } from 'commander';
import type { EnvironmentCommand } from '../../contracts/messages';
import type { EnvironmentView } from '../../domain/environment/view';
import { formatDuration, formatUtc, fullName, plain } from '../../domain/report';
import { throughDoor } from '../cli';
import type { Cli } from '../cli';
import type { Door } from '../door';
import { environmentOption, parseEnvironment } from '../environments';
import { CliError, EXIT } from '../exit-codes';
import type { ExitCode } from '../exit-codes';
import { lazy } from '../lazy';
import { speaker } from '../names';
import { printJson, printText } from '../output';
import { printAnswer, withWordOptions } from '../say';
import type { WordOptions } from '../say';

interface AutomationOptions extends WordOptions {
  readonly environment: string;
  readonly for?: string;
}

/** `automation`: how far an environment goes by itself, and the switch for it. */
export function registerAutomation(program: Command, cli: Cli): void {
  withWordOptions(program.command('automation'))
    .description('show how far an environment goes by itself, or switch that: off, ask, on')
    .addArgument(
      new Argument('[to]', 'off: no alert starts anything; ask: nothing begins to move without a person; on').choices([
        'off',
        'ask',
        'on',
      ]),
    )
    .addOption(environmentOption())
    .option('--for <duration>', 'off and ask: how long, like 30m or 2h; it ends by itself')
    .action(async (to: EnvironmentCommand['to'] | undefined, options: AutomationOptions) => {
      const environment = parseEnvironment(options.environment);
      if (to === undefined) return throughDoor(cli, options, (door) => show(cli, door, environment, options));
      const command = read(cli, to, options);
      return throughDoor(cli, options, async (door) => {
        const answer = await door.tellEnvironment(environment, command);
        const look = `automation --environment ${environment}`;
        const word = { about: environment, kind: `automation ${to}`, id: command.id, look };
        return printAnswer(cli, options, word, answer);
      });
    });
}

function read(cli: Cli, to: EnvironmentCommand['to'], options: AutomationOptions): EnvironmentCommand {
  const { reason } = options;
  if (reason === undefined)
    throw new CliError(EXIT.usage, `automation ${to} needs --reason: whoever meets it must be able to read why`);
  const until = untilOf(cli, to, options.for);
  return {
    kind: 'automation',
    id: options.id ?? cli.newId(),
    to,
    by: speaker(options.by, cli.env),
    at: cli.now(),
    reason,
    ...(until === undefined ? {} : { until }),
  };
}

function untilOf(cli: Cli, to: EnvironmentCommand['to'], length: string | undefined): number | undefined {
  if (to === 'on') {
    if (length === undefined) return undefined;
    throw new CliError(EXIT.usage, '--for does not go with on: that is how it stays until somebody switches it');
  }
  if (length === undefined)
    throw new CliError(EXIT.usage, `automation ${to} needs --for, so that it is not forgotten: like --for 2h`);
  const lengthMs = lazy.config().parseDuration(length);
  if (lengthMs !== undefined && lengthMs > 0) return cli.now() + lengthMs;
  throw new CliError(EXIT.usage, `--for ${length} is not a length of time: write one like 30m or 2h`);
}

async function show(cli: Cli, door: Door, environment: string, options: AutomationOptions): Promise<ExitCode> {
  const view = await door.environment(environment);
  if (!view)
    throw new CliError(
      EXIT.unavailable,
      `${environment} does not answer: no worker is alive. See: phased-rollback doctor`,
    );
  if (options.output === 'json') printJson(cli, view);
  else printText(cli, render(view, cli.now()));
  return EXIT.ok;
}

function render(view: EnvironmentView, now: number): string {
  const { limits, commonCause, brake, automatic, alerting } = view;
  const places = limits ? ` of ${limits.automaticAtOnce}` : '';
  return [
    view.text,
    ...(brake ? [`since     ${formatUtc(brake.since)}`] : []),
    ...(commonCause
      ? [
          `COMMON_CAUSE since ${formatUtc(commonCause.since)}, until ${formatUtc(commonCause.endsAt)} if nobody else alerts: nothing begins by itself`,
          `          by hand: phased-rollback start ${view.environment}/<service>`,
        ]
      : []),
    `automatic ${automatic.length}${places} under way${automatic.map((one) => `\n          ${fullName(one)}  for ${formatDuration(now - one.since)}`).join('')}`,
    `alerting  ${alerting.length} services${limits ? ` within ${formatDuration(limits.commonCause.withinMs)}` : ''}${alerting.map((one) => `\n          ${one.service}  ${plain(one.title)}  ${formatDuration(now - one.at)} ago`).join('')}`,
  ].join('\n');
}
