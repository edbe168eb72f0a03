const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

/** Suites that wait for real machinery, the longest first; their files are short, by which Jest would put them last. */
const LONG = [
  'e2e',
  'kubernetes',
  'recipes',
  'cluster',
  'workflows',
  'client',
  'temporal',
  'adapters',
  'architecture',
  'replay',
];

/** Which of them a suite is; the others come after. */
function rank(test) {
  const found = LONG.findIndex((folder) => test.path.includes(`${path.sep}test${path.sep}${folder}${path.sep}`));
  return found === -1 ? LONG.length : found;
}

const isNew = ({ duration }) => duration === undefined;

/** By suite, how many milliseconds it took last, in this copy of the project or in another one. */
const keptIn = ({ cacheDirectory }) => path.join(cacheDirectory, 'suites-took.json');
const nameOf = (file, { rootDir }) => path.relative(rootDir, file).replaceAll(path.sep, '/');

function kept(config) {
  try {
    return JSON.parse(readFileSync(keptIn(config), 'utf8'));
  } catch {
    // Not there yet, or somebody else is writing it: the folders say enough.
    return {};
  }
}

/** What takes longest begins, so that no worker ends alone: by folder while it is not known, then as it was last time. */
module.exports = class LongFirst extends Sequencer {
  #took;

  sort(tests) {
    const sorted = super.sort(tests);
    const unknown = sorted.filter(isNew).toSorted((a, b) => rank(a) - rank(b));
    return [...unknown, ...sorted.filter((test) => !isNew(test))];
  }

  time(test) {
    const { config } = test.context;
    this.#took ??= kept(config);
    return this.#took[nameOf(test.path, config)];
  }

  cacheResults(tests, results) {
    super.cacheResults(tests, results);
    const { config } = tests[0].context;
    const took = kept(config);
    for (const { testFilePath, perfStats } of results.testResults) {
      // How long a suite waited for its turn says nothing of how long it is.
      const { runtime, setupFilesStart, setupFilesEnd } = perfStats;
      took[nameOf(testFilePath, config)] = runtime - (setupFilesEnd - setupFilesStart);
    }
    writeFileSync(keptIn(config), JSON.stringify(took));
  }
};
