import type { Command } from 'commander';
import { configPath, withConfig } from '../cli';
import type { Cli, ConnectionOptions } from '../cli';
import { endWithParent, withParentOption } from '../children';
import { lazy } from '../lazy';
import { readPort } from '../names';

interface GatewayOptions extends ConnectionOptions {
  readonly config?: string;
  readonly endWithParent?: boolean;
  readonly host?: string;
  readonly port?: string;
}

/** `gateway`: the door for alerts, people's tools and CI. */
export function registerGateway(program: Command, cli: Cli): void {
  withParentOption(withConfig(program.command('gateway')))
    .description('run the gateway: alerts in, API and page; as many as wanted')
    .option('--address <host:port>', 'Temporal server (default: TEMPORAL_ADDRESS, else localhost:7233)')
    .option('--namespace <name>', 'Temporal namespace')
    .option('--host <host>', 'where it listens (default: the policy file, else 127.0.0.1)')
    .option('--port <port>', 'on which port (default: the policy file, else 8321)')
    .action(async (options: GatewayOptions) => {
      if (options.endWithParent) endWithParent(cli);
      const port = readPort('--port', options.port);
      const { runGateway } = lazy.gateway();
      const { address, namespace, host } = options;
      await runGateway({ configPath: configPath(cli, options.config), address, namespace, host, port });
    });
}
