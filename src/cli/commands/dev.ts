import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { configPath, withConfig } from '../cli';
import type { Cli } from '../cli';
import { spawnOwn, untilEnd } from '../children';
import { EXIT } from '../exit-codes';
import { printNote, printText } from '../output';
import { lazy } from '../lazy';
import { readPort } from '../names';

interface DevOptions {
  readonly config?: string;
  readonly stateDir: string;
  readonly port?: string;
  readonly uiPort?: string;
}

const DEV_STICKY_MS = 1_000;

/** `dev`: everything on this machine, with a history that survives a restart; Ctrl-C ends it all. */
export function registerDev(program: Command, cli: Cli): void {
  withConfig(program.command('dev'))
    .description('run everything on this machine: Temporal, and worker and gateway where there is a policy file')
    .option('--state-dir <folder>', 'where the history and the logs are kept', '.phased-rollback')
    .option('--port <port>', "Temporal's port (default: a free one)")
    .option('--ui-port <port>', "port of Temporal's web page (default: a free one)")
    .action((options: DevOptions) => dev(cli, options));
}

async function dev(cli: Cli, options: DevOptions): Promise<void> {
  const { startEmbedded } = lazy.temporal();
  const temporal = await startEmbedded({
    stateDir: options.stateDir,
    persistent: true,
    port: readPort('--port', options.port),
    uiPort: readPort('--ui-port', options.uiPort),
    onProgress: (line) => printNote(cli, line),
  });
  try {
    printText(
      cli,
      `Temporal ${temporal.version}   ${temporal.address}        export TEMPORAL_ADDRESS=${temporal.address}`,
    );
    printText(cli, `its web page      ${temporal.uiUrl}`);
    printText(cli, `history and logs  ${options.stateDir}`);
    const config = configPath(cli, options.config);
    if (!existsSync(config)) {
      printText(cli, `no policy file ${config}: only Temporal runs. Make one: phased-rollback init`);
      await untilEnd(cli, []);
      return;
    }
    const env = { ...cli.env, TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.namespace };
    const children = [
      spawnOwn(
        'worker',
        ['worker', '--config', config, '--sticky-timeout', String(DEV_STICKY_MS)],
        env,
        options.stateDir,
      ),
      spawnOwn('gateway', ['gateway', '--config', config], env, options.stateDir),
    ];
    printText(cli, `worker, gateway   run with ${config}; Ctrl-C ends everything`);
    cli.exit = (await untilEnd(cli, children)) ? EXIT.ok : EXIT.failed;
  } finally {
    await temporal.stop();
  }
}
