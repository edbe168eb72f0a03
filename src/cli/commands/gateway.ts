import type { Command } from 'commander';
import { configPath, withConfig } from '../cli';
import type { Cli, ConnectionOptions } from '../cli';

interface GatewayOptions extends ConnectionOptions {
  readonly config?: string;
}

/** `gateway`: the door for alerts, people's tools and CI. */
export function registerGateway(program: Command, cli: Cli): void {
  withConfig(program.command('gateway'))
    .description('run the gateway: alerts in, API and page; as many as wanted')
    .option('--address <host:port>', 'Temporal server (default: TEMPORAL_ADDRESS, else localhost:7233)')
    .option('--namespace <name>', 'Temporal namespace')
    .action(async (options: GatewayOptions) => {
      const { runGateway } = await import('../../gateway');
      const { address, namespace } = options;
      await runGateway({ configPath: configPath(cli, options.config), address, namespace });
    });
}
