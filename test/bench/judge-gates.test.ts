import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Gate {
  readonly gate: string;
  readonly kept: boolean;
}

interface Gates {
  readonly gatesOf: (measured: object) => readonly Gate[];
}

const { gatesOf } = jest.requireActual<Gates>('../../bench/judge/gates');
const BENCH = join(__dirname, '..', '..', 'bench', 'judge', 'run.js');

const row = (wrong: number, median = 20) => ({ wrong, open: 0, median, count: 1_000 });
const measured = (change: object = {}) => ({
  battery: { 'a one': row(0), 'b two': row(0), 'c three': row(0), 'd1 four': row(0, 300), 'g0 five': row(0, 40) },
  holdout: row(0.5),
  byTruth: { helps: row(0), equal: row(2) },
  boundary: [{ cell: 'one', side: 'help side', share: 2, runs: 1_000 }],
  runs: 1_000,
  holdoutRuns: 1_000,
  ...change,
});
const broken = (change: object) =>
  gatesOf(measured(change))
    .filter(({ kept }) => !kept)
    .map(({ gate }) => gate);

describe('the gates of the judge', () => {
  it('are kept by the judge on a reduced run of the benchmark, with seeds that do not change', async () => {
    const seeds = ['--seed', '777', '--holdout-seed', '20261'];
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      execFile(process.execPath, [BENCH, '--runs', '200', '--holdout', '1000', ...seeds], (error, out, err) =>
        resolve({ code: error ? 1 : 0, output: out + (error ? err : '') }),
      );
    });
    expect({ code, broken: output.split('\n').filter((line) => line.startsWith('BROKEN')) }).toEqual({
      code: 0,
      broken: [],
    });
    expect(output.match(/^kept/gm)?.length).toBeGreaterThanOrEqual(18);
  }, 180_000);

  it.each([
    ['a worst row', { battery: { ...measured().battery, 'e bad': row(9) } }, 'worst row wrong'],
    ['a slow clear row', { battery: { ...measured().battery, 'a one': row(0, 30) } }, 'median of row a'],
    ['wrong verdicts of the hold-out', { holdout: row(4) }, 'hold-out: wrong'],
    ['too much left open', { holdout: { ...row(0), open: 25 } }, 'hold-out: open'],
    ['one truth that is mostly wrong', { byTruth: { helps: row(0), equal: row(9) } }, 'hold-out, equal'],
    ['false verdicts on the boundary', { boundary: [{ cell: 'x', side: 'y', share: 12, runs: 1_000 }] }, 'boundary x'],
  ])('are broken by %s', (_name, change, gate) => {
    expect(broken(change).some((name) => name.includes(gate))).toBe(true);
  });

  it('are all kept where nothing is wrong', () => {
    expect(broken({})).toEqual([]);
  });
});
