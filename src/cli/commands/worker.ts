import type { Command } from 'commander';
import { configPath, withConfig } from '../cli';
import type { Cli, ConnectionOptions } from '../cli';
import { CliError, EXIT } from '../exit-codes';
import { endWithParent, withParentOption } from '../children';
import { lazy } from '../lazy';

interface WorkerOptions extends ConnectionOptions {
  readonly config?: string;
  readonly endWithParent?: boolean;
  readonly stickyTimeout?: string;
}

/** `worker`: the process that decides and acts; as many as wanted. */
export function registerWorker(program: Command, cli: Cli): void {
  withParentOption(withConfig(program.command('worker')))
    .description('run a worker: the process that decides and acts; run two or more in production')
    .option('--address <host:port>', 'Temporal server (default: TEMPORAL_ADDRESS, else localhost:7233)')
    .option('--namespace <name>', 'Temporal namespace')
    .option('--sticky-timeout <ms>', 'how long work waits for a worker that died before another takes it')
    .action(async (options: WorkerOptions) => {
      if (options.endWithParent) endWithParent(cli);
      const stickyTimeoutMs = readMs(options.stickyTimeout);
      const { runWorker } = lazy.worker();
      const { address, namespace } = options;
      await runWorker({ configPath: configPath(cli, options.config), address, namespace, stickyTimeoutMs });
    });
}

function readMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Number(text);
  if (Number.isInteger(ms) && ms >= 0) return ms;
  throw new CliError(EXIT.usage, `--sticky-timeout ${text}: write whole milliseconds`);
}
