import type { Command } from 'commander';
import { withDoorOptions } from '../cli';
import type { Cli, DoorOptions } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { printJson, printText } from '../output';
import { lazy } from '../lazy';

interface SetupOptions extends DoorOptions {
  readonly retentionDays: string;
}

/** `setup`: makes a Temporal namespace ready; may be repeated. */
export function registerSetup(program: Command, cli: Cli): void {
  withDoorOptions(program.command('setup'))
    .description('make a Temporal namespace ready: namespace, search attributes, retention; may be repeated')
    .option('--retention-days <n>', 'keep closed runs at least so long; never lowered', '7')
    .action((options: SetupOptions) => setup(cli, options));
}

async function setup(cli: Cli, options: SetupOptions): Promise<void> {
  const retentionDays = Number(options.retentionDays);
  if (!Number.isInteger(retentionDays) || retentionDays < 1) {
    throw new CliError(EXIT.usage, `--retention-days ${options.retentionDays}: write a whole number of days`);
  }
  const { connect, setUp } = lazy.temporal();
  const temporal = await connect({ address: options.address, namespace: options.namespace, checkNamespace: false });
  try {
    const report = await setUp({ connection: temporal.connection, namespace: temporal.namespace, retentionDays });
    if (options.output === 'json') printJson(cli, report);
    else {
      const added = report.addedSearchAttributes;
      printText(cli, `namespace         ${report.namespace}${report.createdNamespace ? ' (created)' : ' (was there)'}`);
      printText(cli, `search attributes ${added.length > 0 ? `added ${added.join(', ')}` : 'were there'}`);
      printText(cli, `retention         ${report.retentionDays} days${report.raisedRetention ? ' (raised)' : ''}`);
    }
  } finally {
    await temporal.close();
  }
}
