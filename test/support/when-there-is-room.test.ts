import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const MODULE = join(__dirname, 'when-there-is-room.js');
const BEGIN = `const { workers } = require(${JSON.stringify(MODULE)}); console.log(workers);
  require(${JSON.stringify(MODULE)})().then(() => console.log('begun'));`;
const BESIDE = Math.max(4, availableParallelism() - 1);

let runsBeside: string;
beforeEach(() => {
  runsBeside = mkdtempSync(join(tmpdir(), 'phased-rollback-beside-'));
});

/** What a worker of this number says by its end, and calls `hear` once it has said how many there are. */
async function said(
  worker: number,
  beside: string | undefined,
  hear: (child: ChildProcess) => void = () => undefined,
  of = process.pid,
) {
  const { RUNS_BESIDE: _, ...env } = process.env;
  const given = beside === undefined ? {} : { RUNS_BESIDE: beside, RUNS_BESIDE_OF: String(of) };
  const own = { JEST_WORKER_ID: String(worker), ...given };
  const child = spawn(process.execPath, ['-e', BEGIN], {
    env: { ...env, ...own },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    if (text === '') hear(child);
    text += more;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return text.trim().split('\n');
}

describe('how many suites run at once', () => {
  it('is what the processors can do, where nothing is said of anything beside them', async () => {
    rmdirSync(runsBeside);
    expect(await said(BESIDE, undefined)).toEqual([String(BESIDE), 'begun']);
  });

  it('is no more beside something else, for as long as that runs', async () => {
    expect(await said(BESIDE, runsBeside)).toEqual([String(BESIDE + 2), 'begun']);
    const late = await said(BESIDE + 1, runsBeside, (child) => child.kill());
    expect(late).toEqual([String(BESIDE + 2)]);
    rmdirSync(runsBeside);
  });

  it('is two more where whoever would have said that it has ended is gone', async () => {
    const { pid } = spawnSync('true');
    expect(await said(BESIDE + 1, runsBeside, undefined, pid)).toEqual([String(BESIDE + 2), 'begun']);
    rmdirSync(runsBeside);
  });

  it('is two more once that has ended', async () => {
    const late = said(BESIDE + 1, runsBeside, () => rmdirSync(runsBeside));
    expect(await late).toEqual([String(BESIDE + 2), 'begun']);
  });
});
