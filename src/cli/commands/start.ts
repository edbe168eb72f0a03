import { Option } from 'commander';
import type { Command } from 'commander';
import type { ServiceCommand } from '../../contracts/messages';
import type { Cause } from '../../domain/alert/alert';
import type { Pace } from '../../domain/policy/policy';
import { collect, throughDoor } from '../cli';
import type { Cli } from '../cli';
import { EXIT } from '../exit-codes';
import { parseLabels, parseServiceName } from '../names';
import { locate, printAnswer, spoken, withWordOptions } from '../say';
import type { WordOptions } from '../say';
import { watch } from '../watch';

interface StartOptions extends WordOptions {
  readonly from?: string;
  readonly to?: string;
  readonly cause?: Cause;
  readonly pace?: Pace;
  readonly select: readonly string[];
  readonly watch?: boolean;
}

/** `start`: begin a rollback by hand; its own approval. */
export function registerStart(program: Command, cli: Cli): void {
  withWordOptions(program.command('start <service>'))
    .description('begin a rollback by hand, for example of prod/checkout')
    .option('--from <revision>', 'the suspect (default: the newest release)')
    .option('--to <revision>', 'where to go back to (default: the last known good)')
    .addOption(
      new Option('--cause <cause>', 'what is wrong; picks the metric that is judged').choices([
        'errors',
        'latency',
        'saturation',
        'security',
        'feedback',
        'other',
      ]),
    )
    .addOption(new Option('--pace <pace>', 'how fast it widens').choices(['surgical', 'balanced', 'express']))
    .option('--select <label=value>', 'only targets with this label; may be repeated', collect, [])
    .option('-w, --watch', 'stay until it ends')
    .action((service: string, options: StartOptions) => start(cli, service, options));
}

async function start(cli: Cli, serviceText: string, options: StartOptions): Promise<void> {
  const service = parseServiceName(serviceText);
  const extent = parseLabels(options.select);
  const command: ServiceCommand = {
    kind: 'start',
    ...spoken(cli, options),
    fromRevision: options.from,
    toRevision: options.to,
    cause: options.cause,
    pace: options.pace,
    ...(Object.keys(extent).length > 0 ? { extent } : {}),
  };
  await throughDoor(cli, options, async (door) => {
    const answer = await door.tellService(service, command);
    const exit = printAnswer(cli, options, { about: serviceText, kind: 'start', id: command.id }, answer);
    if (exit !== EXIT.ok || !options.watch) return exit;
    return watch(cli, door, await locate(door, service), options);
  });
}
