import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Suite {
  readonly path: string;
  readonly context: object;
}
interface Sequencer {
  sort(suites: readonly Suite[]): readonly Suite[];
  cacheResults(suites: readonly Suite[], results: { readonly testResults: readonly object[] }): void;
}
const LongFirst = require('./long-first') as new (options: object) => Sequencer;

let cacheDirectory: string;
let here: ReturnType<typeof copyAt>;
beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'phased-rollback-long-first-'));
  here = copyAt(join('/', 'home', 'ada'));
});
afterEach(() => rmSync(cacheDirectory, { recursive: true }));

/** A copy of the project with suites of one size. */
function copyAt(rootDir: string) {
  const config = { id: 'copy', cache: true, cacheDirectory, rootDir, haste: {} };
  const context = { config, hasteFS: { getSize: () => 1 } };
  const suitesOf = (names: readonly string[]): readonly Suite[] =>
    names.map((name) => ({ path: join(rootDir, 'test', name), context }));
  return {
    /** They have run, and took that many milliseconds after as many that they waited for their turn. */
    ran(took: Readonly<Record<string, number>>, waited = 0): void {
      const suites = suitesOf(Object.keys(took));
      const testResults = Object.values(took).map((ms, index) => ({
        testFilePath: suites[index]!.path,
        numFailingTests: 0,
        perfStats: { runtime: ms + waited, setupFilesStart: 1_000, setupFilesEnd: 1_000 + waited },
      }));
      new LongFirst({}).cacheResults(suites, { testResults });
    },
    order: (...names: readonly string[]): readonly string[] =>
      new LongFirst({}).sort(suitesOf(names)).map(({ path }) => path.slice(join(rootDir, 'test', '_').length - 1)),
  };
}

describe('the order of the suites', () => {
  it('begins with the longest, as it was last time', () => {
    here.ran({ 'domain/a.ts': 10, 'e2e/b.ts': 300 });
    here.ran({ 'adapters/c.ts': 4_000 });
    expect(here.order('domain/a.ts', 'e2e/b.ts', 'adapters/c.ts')).toEqual([
      'adapters/c.ts',
      'e2e/b.ts',
      'domain/a.ts',
    ]);
  });

  it('goes by the folder of those that nobody has timed yet, before all others', () => {
    here.ran({ 'e2e/d.ts': 9_000 });
    const order = here.order('domain/a.ts', 'e2e/d.ts', 'kubernetes/b.ts', 'e2e/c.ts');
    expect(order).toEqual(['e2e/c.ts', 'kubernetes/b.ts', 'domain/a.ts', 'e2e/d.ts']);
  });

  it('knows what they took in another copy of the project', () => {
    here.ran({ 'domain/a.ts': 10, 'domain/b.ts': 300 });
    expect(copyAt(join('/', 'home', 'grace')).order('domain/a.ts', 'domain/b.ts')).toEqual([
      'domain/b.ts',
      'domain/a.ts',
    ]);
  });

  it('does not take for long what only waited for its turn', () => {
    here.ran({ 'domain/a.ts': 10 }, 6_500);
    here.ran({ 'domain/b.ts': 300 });
    expect(here.order('domain/a.ts', 'domain/b.ts')).toEqual(['domain/b.ts', 'domain/a.ts']);
  });
});
