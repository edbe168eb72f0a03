import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { runChild } from '../../src/adapters/child-process';

const RUN_TS = join(__dirname, '..', 'support', 'run-ts.js');
const run = { environment: {}, input: '', maxStdoutBytes: 100, killAfterMs: 100, signal: AbortSignal.timeout(60_000) };

describe('a program that cannot be started', () => {
  it('may be started later where the machine had no room for it', () => {
    const script = `ulimit -n 64 && exec ${process.execPath} -r ${RUN_TS} ${join(__dirname, 'crowded-process.ts')}`;
    const answer = JSON.parse(execFileSync('bash', ['-c', script], { encoding: 'utf8' })) as unknown[];
    expect(answer).toMatchObject([
      { kind: 'notStarted', because: 'EMFILE', later: true },
      { kind: 'exited', code: 0 },
    ]);
  });

  it('may not where there is none of that name', async () => {
    const end = await runChild({ ...run, command: ['/nowhere/at/all'] });
    expect(end).toEqual({ kind: 'notStarted', because: 'ENOENT', later: false });
  });
});
