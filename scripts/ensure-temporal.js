#!/usr/bin/env node
// Makes sure that a Temporal binary is there before the tests need one; gets or builds it if not.
const path = require('node:path');

async function main() {
  const { findTemporalBinary } = load();
  const binary = await findTemporalBinary({ onProgress: (line) => console.log(`temporal: ${line}`) });
  const origin = { path: 'the PATH', cache: 'the cache', download: 'a download', 'go-build': 'a build with Go' };
  console.log(`temporal: server ${binary.serverVersion} from ${origin[binary.source]} (${binary.path})`);
}

function load() {
  const built = path.join(__dirname, '..', 'dist', 'temporal');
  try {
    return require(built);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(`dist/temporal is not complete, run \`npm run build\` first (${error.message.split('\n')[0]})`);
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
