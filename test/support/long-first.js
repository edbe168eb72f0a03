const { sep } = require('node:path');
const Sequencer = require('@jest/test-sequencer').default;

/** Suites that wait for real machinery, the longest first; their files are short, by which Jest would put them last. */
const LONG = ['e2e', 'kubernetes', 'recipes', 'cluster', 'workflows', 'client', 'temporal'];

/** Which of them a suite is; the others come after. */
function rank({ path }) {
  const found = LONG.findIndex((folder) => path.includes(`${sep}test${sep}${folder}${sep}`));
  return found === -1 ? LONG.length : found;
}

const isNew = ({ duration }) => duration === undefined;

/** What takes longest begins, so that no worker ends alone: by folder while it is not known, then as it was last time. */
module.exports = class LongFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const unknown = sorted.filter(isNew).toSorted((a, b) => rank(a) - rank(b));
    return [...unknown, ...sorted.filter((test) => !isNew(test))];
  }

  /** How long a suite waited for its turn says nothing of how long it is. */
  cacheResults(tests, results) {
    for (const { perfStats } of results.testResults)
      perfStats.runtime -= perfStats.setupFilesEnd - perfStats.setupFilesStart;
    super.cacheResults(tests, results);
  }
};
