import { join } from 'node:path';
import { fromDebian } from './debian';
import { installedOnce, run } from './installed';
import { composeService } from '../cluster/support/compose';

const SERVER_MODULE = 'go.temporal.io/server';

/** The server's version, as the image of docker-compose.yml has it. */
export function serverVersion(): string {
  const version = /^temporalio\/server:(\d+\.\d+\.\d+)$/.exec(composeService('temporal').image ?? '')?.[1];
  if (version === undefined) throw new Error('docker-compose.yml pins no version of temporalio/server');
  return version;
}

/** The Temporal server and its tool for SQL databases, built once for this user. */
export async function temporalServer(say: (line: string) => void): Promise<{ server: string; sqlTool: string }> {
  const version = serverVersion();
  const modules = ['cmd/server', 'cmd/tools/sql'].map((command) => `${SERVER_MODULE}/${command}@v${version}`);
  const make = (draft: string): Promise<void> =>
    run(draft, 'go', ['install', '-tags', 'disable_grpc_modules', ...modules], { GOBIN: draft, CGO_ENABLED: '0' });
  const cost = 'built with Go, five minutes on two cores';
  const what = { folder: `temporal-server-${version}`, name: `the Temporal server ${version}`, cost, make };
  const folder = await installedOnce(what, say);
  return { server: join(folder, 'server'), sqlTool: join(folder, 'sql') };
}

/** Debian's compose implementation; installs it where we may. */
export function composeProgram(): string {
  return fromDebian('/usr/bin/docker-compose', 'docker-compose');
}
