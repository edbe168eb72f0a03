import type { Command } from 'commander';
import type { ServiceCommand } from '../../contracts/messages';
import type { SlotName } from '../../domain/service/release';
import { throughDoor } from '../cli';
import type { Cli } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { parseServiceName, readSlot } from '../names';
import { printAnswer, spoken, withWordOptions } from '../say';
import type { WordOptions } from '../say';

/** `slot`: what slots hold from now on, told before it serves. */
export function registerSlot(program: Command, cli: Cli): void {
  withWordOptions(program.command('slot <service> <slot=revision...>'))
    .description(
      'record which revision a slot holds from now on, before anything is put there: blue=v42, or eu/blue=v42',
    )
    .action((service: string, pairs: readonly string[], options: WordOptions) => slot(cli, service, pairs, options));
}

async function slot(cli: Cli, serviceText: string, pairs: readonly string[], options: WordOptions): Promise<void> {
  const service = parseServiceName(serviceText);
  const command: ServiceCommand = {
    kind: 'slots',
    ...spoken(cli, options),
    slots: pairs.map(readPair),
  };
  await throughDoor(cli, options, async (door) => {
    const answer = await door.tellService(service, command);
    return printAnswer(cli, options, { about: serviceText, kind: 'slot', id: command.id }, answer);
  });
}

function readPair(pair: string): SlotName & { readonly revision: string } {
  const at = pair.indexOf('=');
  const revision = pair.slice(at + 1);
  if (at < 1 || revision === '')
    throw new CliError(EXIT.usage, `"${pair}" does not say what a slot holds: write blue=v42, or eu/blue=v42`);
  return { ...readSlot('slot', pair.slice(0, at)), revision };
}
