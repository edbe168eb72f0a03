#!/usr/bin/env node
// Removes the Temporal SDK's native bridges for other platforms than this one; for images, where they are dead weight.
const { readdirSync, rmSync } = require('node:fs');
const path = require('node:path');

const SYSTEMS = { linux: 'unknown-linux-gnu', darwin: 'apple-darwin', win32: 'pc-windows-msvc' };
const CPUS = { x64: 'x86_64', arm64: 'aarch64' };

const root = process.argv[2] ?? path.join(__dirname, '..');
const releases = path.join(root, 'node_modules', '@temporalio', 'core-bridge', 'releases');
const own = `${CPUS[process.arch]}-${SYSTEMS[process.platform]}`;
const found = readdirSync(releases);
if (!found.includes(own)) throw new Error(`there is no bridge for ${own} in ${releases}, only ${found.join(', ')}`);
for (const release of found.filter((name) => name !== own)) {
  rmSync(path.join(releases, release), { recursive: true });
  process.stdout.write(`removed the bridge for ${release}\n`);
}
