import { join, sep } from 'node:path';

interface Suite {
  readonly path: string;
  readonly context: { readonly hasteFS: { readonly getSize: () => number } };
}
interface Sequencer {
  time: (suite: Suite) => number | undefined;
  hasFailed: (suite: Suite) => boolean;
  sort(suites: readonly Suite[]): readonly Suite[];
  _getCache: () => Record<string, readonly [state: number, ms: number]>;
  cacheResults(
    suites: readonly { readonly path: string }[],
    results: { readonly testResults: readonly object[] },
  ): void;
}
const LongFirst = require('./long-first') as new (options: object) => Sequencer;

/** The order of suites that are all of one size, by how long they took in milliseconds. */
function ordered(took: Readonly<Record<string, number | undefined>>): readonly string[] {
  const folder = join('', 'home', 'ada', 'test', '');
  const sequencer = new LongFirst({});
  const nameOf = ({ path }: Suite): string => path.slice(folder.length).replaceAll(sep, '/');
  sequencer.time = (suite) => took[nameOf(suite)];
  sequencer.hasFailed = () => false;
  const context = { hasteFS: { getSize: () => 1 } };
  return sequencer.sort(Object.keys(took).map((name) => ({ path: folder + join(name), context }))).map(nameOf);
}

describe('the order of the suites', () => {
  it('begins with the longest, as it was last time', () => {
    expect(ordered({ 'domain/a.ts': 10, 'e2e/b.ts': 300, 'adapters/c.ts': 4_000 })).toEqual([
      'adapters/c.ts',
      'e2e/b.ts',
      'domain/a.ts',
    ]);
  });

  it('goes by the folder of those that nobody has timed yet, before all others', () => {
    const took = { 'domain/a.ts': undefined, 'kubernetes/b.ts': undefined, 'e2e/c.ts': undefined, 'e2e/d.ts': 9_000 };
    expect(ordered(took)).toEqual(['e2e/c.ts', 'kubernetes/b.ts', 'domain/a.ts', 'e2e/d.ts']);
  });

  it('does not take for long what only waited for its turn', () => {
    const sequencer = new LongFirst({});
    const kept: ReturnType<Sequencer['_getCache']> = {};
    sequencer._getCache = () => kept;
    const perfStats = { runtime: 9_000, setupFilesStart: 1_000, setupFilesEnd: 7_500 };
    const result = { testFilePath: 'a.ts', numFailingTests: 0, perfStats };
    sequencer.cacheResults([{ path: 'a.ts' }], { testResults: [result] });
    expect(kept['a.ts']![1]).toBe(2_500);
  });
});
