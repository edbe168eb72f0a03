// Lets a suite, and a child process of one, be a TypeScript file: node -r ./run-ts.js file.ts
// What it compiled once is kept, also for processes at the same time; then the compiler is not even loaded.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');
const { version } = require('@swc/core/package.json');

const OPTIONS = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  sourceMaps: true,
  swcrc: false,
};
// Not where XDG_CACHE_HOME says: suites set it to a folder of which they count what is in it.
const KEPT = path.join(homedir(), '.cache', 'phased-rollback', 'run-ts');

/** Where the map of each file that was loaded is kept: what `jest-runtime` asks for. */
const sourceMaps = new Map();

/** The same source of the same name compiles to the same, wherever it is. */
function keptAs(source, name) {
  const key = createHash('sha256')
    .update(JSON.stringify([version, OPTIONS, name]))
    .update(source)
    .digest('hex');
  return path.join(KEPT, `${key}.js`);
}

function readKept(place) {
  try {
    return readFileSync(place, 'utf8');
  } catch {
    // Not there yet, or not to be read: either way it is compiled.
    return undefined;
  }
}

/** Whole or not at all, so that nobody reads a half; and only an offer, as a full or foreign disk stops no test. */
function keep(place, code) {
  const draft = `${place}.${process.pid}`;
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(draft, code);
    renameSync(draft, place);
  } catch {
    rmSync(draft, { force: true });
  }
}

function compiled(source, filename) {
  const sourceFileName = path.basename(filename);
  const place = keptAs(source, sourceFileName);
  sourceMaps.set(filename, `${place}.map`);
  const kept = readKept(place);
  if (kept !== undefined) return kept;
  const { code, map } = require('@swc/core').transformSync(source, { ...OPTIONS, filename, sourceFileName });
  keep(`${place}.map`, map);
  keep(place, code);
  return code;
}

require.extensions['.ts'] = (module, filename) => {
  module._compile(compiled(readFileSync(filename, 'utf8'), filename), filename);
};

module.exports = { sourceMaps };
