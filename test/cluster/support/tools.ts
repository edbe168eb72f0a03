import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fromDebian } from '../../support/debian';
import { composeService } from './compose';

const SERVER_MODULE = 'go.temporal.io/server';

/** The server's version, as the image of docker-compose.yml has it. */
export function serverVersion(): string {
  const version = /^temporalio\/server:(\d+\.\d+\.\d+)$/.exec(composeService('temporal').image ?? '')?.[1];
  if (version === undefined) throw new Error('docker-compose.yml pins no version of temporalio/server');
  return version;
}

/** The Temporal server and its tool for SQL databases, built once for this user: about five minutes on two cores. */
export async function temporalServer(say: (line: string) => void): Promise<{ server: string; sqlTool: string }> {
  const version = serverVersion();
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'phased-rollback');
  const folder = join(cache, `temporal-server-${version}`);
  const built = { server: join(folder, 'server'), sqlTool: join(folder, 'sql') };
  if (existsSync(built.server) && existsSync(built.sqlTool)) return built;
  mkdirSync(folder, { recursive: true });
  say(`Building the Temporal server ${version} with Go: about five minutes on two cores, once for this user.`);
  const startedAt = Date.now();
  const seconds = (): number => Math.round((Date.now() - startedAt) / 1_000);
  const ticker = setInterval(() => say(`Still building the Temporal server: ${seconds()} s`), 15_000);
  try {
    await goInstall(folder, ['cmd/server', 'cmd/tools/sql'], version);
  } finally {
    clearInterval(ticker);
  }
  say(`Built the Temporal server in ${seconds()} s: what a cold cache cost.`);
  return built;
}

function goInstall(folder: string, commands: readonly string[], version: string): Promise<void> {
  const modules = commands.map((command) => `${SERVER_MODULE}/${command}@v${version}`);
  return new Promise((resolve, reject) => {
    const child = spawn('go', ['install', '-tags', 'disable_grpc_modules', ...modules], {
      env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
    child.once('error', (error) => reject(new Error(`Go is needed to build the Temporal server: ${error.message}`)));
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`go install ended with ${code}: ${said.trim().split('\n').at(-1)}`)),
    );
  });
}

/** Debian's compose implementation; installs it where we may. */
export function composeProgram(): string {
  return fromDebian('/usr/bin/docker-compose', 'docker-compose');
}
