import { Option } from 'commander';
import type { Cli } from './cli';
import type { Door } from './door';
import { CliError, EXIT } from './exit-codes';
import { isNamePart } from './names';
import { printNote } from './output';

/** `--environment`, for what concerns a whole environment. */
export function environmentOption(): Option {
  return new Option('-e, --environment <name>', 'the environment').default('prod');
}

/** Reads the name of an environment. */
export function parseEnvironment(text: string): string {
  const isName: boolean = isNamePart(text);
  if (isName) return text;
  throw new CliError(EXIT.usage, `--environment ${text} is not a name: write one like prod or staging`);
}

/** Says on stderr what keeps environments from going by themselves; nothing where automation is on or nobody answers. */
export async function noteAutomation(cli: Cli, door: Door, environments: readonly string[]): Promise<void> {
  const views = await Promise.all(
    [...new Set(environments)].map((name) => door.environment(name).catch(() => undefined)),
  );
  for (const view of views) {
    if (!view) continue;
    const { environment, automation, text, commonCause } = view;
    if (automation !== 'on') printNote(cli, text);
    if (commonCause) {
      printNote(
        cli,
        `COMMON_CAUSE: ${commonCause.services.length} services of ${environment} alert together; nothing begins by itself. See: phased-rollback automation --environment ${environment}`,
      );
    }
  }
}
