import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

// A server has a minute to serve, and a test may start several.
jest.setTimeout(240_000);

const folders: string[] = [];

/** A new folder that `removeFolders` takes away. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'phased-rollback-test-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** An environment with these settings and no profile file of whoever runs the tests. */
export function settingsOnly(settings: Record<string, string>): Record<string, string> {
  const profile = join(newFolder(), 'temporal.toml');
  writeFileSync(profile, '[profile.default]\n');
  return { ...settings, TEMPORAL_CONFIG_FILE: profile };
}

/** A script that says of itself what a Temporal binary with that server would say. */
export function writeFakeBinary(path: string, serverVersion: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho 'temporal version 0.0.0-DEV (Server ${serverVersion}, UI 2.42.1)'\n`);
  chmodSync(path, 0o755);
  return path;
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await delay(20);
  }
}
