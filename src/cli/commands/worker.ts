import type { Command } from 'commander';
import { readOwnBuild, withDeploymentOption } from '../build-names';
import { configPath, withConfig } from '../cli';
import type { Cli, ConnectionOptions } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { endWithParent, withParentOption } from '../children';
import { lazy } from '../lazy';

interface WorkerOptions extends ConnectionOptions {
  readonly config?: string;
  readonly endWithParent?: boolean;
  readonly stickyTimeout?: string;
  readonly healthPort?: string;
  readonly watchSlots?: string;
  readonly deployment?: string;
  readonly buildId?: string;
}

/** `worker`: the process that decides and acts; as many as wanted. */
export function registerWorker(program: Command, cli: Cli): void {
  withDeploymentOption(withParentOption(withConfig(program.command('worker'))))
    .description('run a worker: the process that decides and acts; run two or more in production')
    .option('--address <host:port>', 'Temporal server (default: TEMPORAL_ADDRESS, else localhost:7233)')
    .option('--namespace <name>', 'Temporal namespace')
    .option('--sticky-timeout <ms>', 'how long work waits for a worker that died before another takes it')
    .option('--health-port <port>', 'serve /healthz there: 200 while it takes work')
    .option('--watch-slots <n>', 'rollbacks and services that it watches at once (default: 2000)')
    .option(
      '--build-id <id>',
      'version these workers: the build they are (default: TEMPORAL_WORKER_BUILD_ID, else none)',
    )
    .action(async (options: WorkerOptions) => {
      if (options.endWithParent) endWithParent(cli);
      const stickyTimeoutMs = readWhole('--sticky-timeout', options.stickyTimeout, 'whole milliseconds');
      const healthPort = readWhole('--health-port', options.healthPort, 'a port');
      const watchSlots = readWhole('--watch-slots', options.watchSlots, 'how many, at least 1', 1);
      const build = readOwnBuild(options, cli.env);
      const { runWorker } = lazy.worker();
      const { address, namespace } = options;
      const config = configPath(cli, options.config);
      await runWorker({ configPath: config, address, namespace, stickyTimeoutMs, healthPort, watchSlots, build });
    });
}

function readWhole(option: string, text: string | undefined, what: string, least = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new CliError(EXIT.usage, `${option} ${text}: write ${what}`);
}
