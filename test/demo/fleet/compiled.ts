import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../../..');
const SOURCES = join(ROOT, 'src/demo/fleet');

/** Folder of the compiled process files; compiles first when a source is newer. */
export function compiledFleet(): string {
  const compiled = join(ROOT, 'dist/demo/fleet');
  if (!isFresh(compiled)) {
    try {
      execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-b', 'src/demo'], { cwd: ROOT });
    } catch (error) {
      // The compiler writes its output despite type errors, which are the type check's business.
      if (!existsSync(join(compiled, 'proxy-process.js'))) throw error;
    }
  }
  return compiled;
}

/** A new folder, and how to remove it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'phased-rollback-fleet-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Polls until the condition holds; throws with the name when it does not within the time. */
export async function until(name: string, holds: () => boolean | Promise<boolean>, withinMs = 40_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${name}`);
    await new Promise((resume) => setTimeout(resume, 25));
  }
}

function isFresh(compiled: string): boolean {
  return readdirSync(SOURCES).every((file) => {
    const output = join(compiled, file.replace(/\.ts$/, '.js'));
    return existsSync(output) && statSync(output).mtimeMs >= statSync(join(SOURCES, file)).mtimeMs;
  });
}
