import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Gate {
  readonly gate: string;
  readonly limit: number;
  readonly widened: number;
  readonly unit: string;
  readonly runs: number;
  readonly kept: boolean;
}

interface Gates {
  readonly gatesOf: (measured: object, standardErrors: number) => readonly Gate[];
}

const { gatesOf } = require('../../bench/judge/gates') as Gates;
const { BATTERY } = require('../../bench/judge/battery') as {
  BATTERY: readonly { row: string; column: string }[];
};
const BENCH = join(__dirname, '..', '..', 'bench', 'judge', 'run.js');

const RUNS = 100;
const HOLDOUT = 2_000;
/** A hold-out is drawn anew in each run of the tests: the error that it is allowed makes a false alarm one in 10,000 or less. */
const STANDARD_ERRORS = 4;

const found = (wrong: number, median = 20, count = 4_000) => ({
  wrong,
  open: 0,
  median,
  count,
  times: { [median]: count },
});
const MEDIANS: Readonly<Record<string, number>> = { d1: 310, g0: 40 };
const everyRow = (wrong: number): Record<string, object> =>
  Object.fromEntries(
    BATTERY.map(({ row }) => row.split(' ')[0]!).map((name) => [name, found(wrong, MEDIANS[name] ?? 20)]),
  );
const rowsOf = (column: string, change: Readonly<Record<string, object>>) =>
  Object.fromEntries(
    BATTERY.filter((row) => row.column === column).map(({ row }) => {
      const name = row.split(' ')[0]!;
      return [row, { ...found(0, MEDIANS[name] ?? 20), ...change[name] }];
    }),
  );
const measured = (
  change: { rows?: Record<string, object>; holdout?: object; boundary?: object; bytes?: number } = {},
) => ({
  judges: {
    ours: {
      battery: rowsOf('ours', change.rows ?? {}),
      holdout: { all: found(0.5), helps: found(0), equal: found(2), worse: found(0.2), ...change.holdout },
    },
    'ours, settle 20 s': { battery: rowsOf('ours, settle 20 s', change.rows ?? {}) },
  },
  boundary: [
    { method: 'ours', cell: 'one', side: 'help side', looks: 60, share: 2, runs: 4_000, ...change.boundary },
    { method: 'naive z', cell: 'one', side: 'help side', looks: 60, share: 80, runs: 4_000 },
  ],
  size: BATTERY.map(({ row }, index) => ({ row, bytes: index === 7 ? (change.bytes ?? 900) : 800 })),
});
const broken = (change: Parameters<typeof measured>[0], standardErrors = 2) =>
  gatesOf(measured(change), standardErrors)
    .filter(({ kept }) => !kept)
    .map(({ gate }) => gate);

describe('the gates of the judge', () => {
  it('are kept by the judge on a reduced run of the benchmark, with a hold-out that nobody has seen', async () => {
    const size = ['--gated', '--runs', String(RUNS), '--holdout', String(HOLDOUT)];
    const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
      const args = [BENCH, ...size, '--standard-errors', String(STANDARD_ERRORS)];
      execFile(process.execPath, args, (error, out, err) =>
        resolve({ code: error ? 1 : 0, output: out + (error ? err : '') }),
      );
    });
    const lines = output.split('\n');
    const seed = lines.find((line) => line.includes('--holdout-seed'));
    expect({ seed, code, broken: lines.filter((line) => line.startsWith('BROKEN')) }).toEqual({
      seed: expect.stringMatching(/--holdout-seed \d+/),
      code: 0,
      broken: [],
    });
    expect(output.match(/^kept/gm)?.length).toBeGreaterThanOrEqual(23);
  }, 300_000);

  it.each([
    ['a row with many wrong verdicts', { rows: { e4: found(9) } }, 'worst row wrong (e4'],
    ['some wrong verdicts in every row', { rows: everyRow(0.5) }, 'mean of rows'],
    ['a slow clear row', { rows: { a: found(0, 30) } }, 'median of row a'],
    ['a storm over both that is taken for a cause elsewhere', { rows: { k2: found(6) } }, 'worst row wrong (k2'],
    ['a row that is gated by what the product does as it comes', { rows: { h: found(50) } }, 'worst row wrong (h'],
    ['wrong verdicts of the hold-out', { holdout: { all: found(4) } }, 'hold-out, wrong'],
    ['too much left open', { holdout: { all: { ...found(0), open: 25 } } }, 'hold-out, open'],
    ['one truth that is mostly wrong', { holdout: { equal: found(9) } }, 'hold-out, equal'],
    ['false verdicts on the boundary', { boundary: { share: 12 } }, 'boundary, one'],
    [
      'a judge that keeps a kilobyte of one metric',
      { bytes: 1_024 },
      'kept between samples for a metric, worst row (d3',
    ],
  ])('are broken by %s', (_name, change, gate) => {
    expect(broken(change).some((name) => name.includes(gate))).toBe(true);
  });

  it('are all kept where nothing is wrong, whatever others do', () => {
    expect(broken({})).toEqual([]);
  });

  it('allow what the simulation itself may be off by, and say so', () => {
    const all = found(1.8, 20, 6_000);
    expect(broken({ holdout: { all } }, 0)).toEqual(['hold-out, wrong']);
    expect(broken({ holdout: { all } }, 2)).toEqual([]);
    const gate = gatesOf(measured({ holdout: { all } }), 2).find((each) => each.gate === 'hold-out, wrong')!;
    expect(gate.limit).toBe(1.5);
    expect(gate.widened).toBeCloseTo(1.5 + 2 * 0.157, 2);
  });

  it('are broken by chance in fewer than one of 10,000 reduced runs, at rates no better than the figures in docs/judge.md', () => {
    const { all, helps, equal, worse } = { all: 0.8, helps: 0.1, equal: 2.2, worse: 0.8 };
    const drawn: readonly [string, number, number, number][] = [
      ['hold-out, wrong', all, 1.5, HOLDOUT],
      ['hold-out, helps', helps, 3, 0.45 * HOLDOUT],
      ['hold-out, equal', equal, 3, 0.25 * HOLDOUT],
      ['hold-out, worse', worse, 3, 0.16 * HOLDOUT],
      ['hold-out, open', 12, 15, HOLDOUT],
    ];
    const alarm = drawn.reduce((sum, [, rate, limit, count]) => {
      const widened = limit + 100 * STANDARD_ERRORS * Math.sqrt(((limit / 100) * (1 - limit / 100)) / count);
      return sum + moreThan(Math.floor((widened / 100) * count), count, rate / 100);
    }, 0);
    expect(alarm).toBeLessThan(1 / 10_000);
  });
});

/** The chance that more than `most` of `n` happen, each with probability `p`. */
function moreThan(most: number, n: number, p: number): number {
  let log = n * Math.log1p(-p);
  let atMost = Math.exp(log);
  for (let k = 1; k <= most; k += 1) {
    log += Math.log((n - k + 1) / k) + Math.log(p) - Math.log1p(-p);
    atMost += Math.exp(log);
  }
  return 1 - atMost;
}
