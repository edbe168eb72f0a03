import { execFileSync, spawn } from 'node:child_process';
import { cpSync } from 'node:fs';

/** Where Go has put the source of a module. */
export function sourceOf(folder: string, module: string): string {
  return (JSON.parse(go(folder, 'mod', 'download', '-json', module)) as { Dir: string }).Dir;
}

/** A copy of the source of a module, to be changed or built as the main one: the cache of modules is read-only. */
export function copySource(folder: string, module: string, to: string): void {
  cpSync(sourceOf(folder, module), to, { recursive: true });
  execFileSync('chmod', ['-R', 'u+w', to]);
}

/** Changes the `go.mod` of a copy. */
export function goEdit(folder: string, ...args: readonly string[]): void {
  go(folder, 'mod', 'edit', ...args);
}

const environment = (withC = false): NodeJS.ProcessEnv => ({
  ...process.env,
  CGO_ENABLED: withC ? '1' : '0',
  GOFLAGS: '-mod=mod -buildvcs=false',
});

function go(cwd: string, ...args: readonly string[]): string {
  try {
    return execFileSync('go', args, { cwd, env: environment(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`Go and its module proxy are needed to build it: go ${args.join(' ')} failed`, {
      cause: error,
    });
  }
}

/** Builds with Go, and a compiler for C where that is needed; fails with the last line that it said. */
export function goBuild(cwd: string, args: readonly string[], withC = false): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', ['build', ...args], {
      cwd,
      env: environment(withC),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
    child.once('error', (error) => reject(new Error(`Go is needed: ${error.message}`)));
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`go build ended with ${code}: ${said.trim().split('\n').at(-1)}`)),
    );
  });
}
