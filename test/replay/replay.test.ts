import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { pairsOf } from './history-pairs';
import { REQUIRED } from './pairs';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const FOLDER = join(__dirname, 'histories');
const BUNDLE = join(__dirname, '..', '..', 'dist', 'workflow-bundle.js');

const histories = readdirSync(FOLDER).map((name) => ({
  name,
  // Written by scripts of ours only.
  history: JSON.parse(gunzipSync(readFileSync(join(FOLDER, name))).toString()) as unknown,
}));

describe('stored histories', () => {
  it('contain every pair of a move and its outcome', () => {
    const covered = new Set(histories.flatMap(({ history }) => [...pairsOf(history)]));
    expect(REQUIRED.filter((pair) => !covered.has(pair))).toEqual([]);
  });

  it('replay through the workflow code of today', async () => {
    const failures: string[] = [];
    const options = { workflowBundle: { codePath: BUNDLE }, replayName: 'stored' };
    const runs = histories.map(({ name, history }) => ({ workflowId: name, history }));
    for await (const result of Worker.runReplayHistories(options, runs)) {
      if (result.error) failures.push(`${result.workflowId}: ${result.error.message}`);
    }
    expect(failures).toEqual([]);
  });

  it('do not replay through code that does its moves in another order', async () => {
    const code = readFileSync(BUNDLE, 'utf8');
    const planted = code.replace("return { kind: 'assess' };", "return { kind: 'report' };");
    expect(planted).not.toBe(code);
    const [first] = histories;
    const replay = Worker.runReplayHistory(
      { workflowBundle: { code: planted }, replayName: 'planted' },
      first!.history,
      first!.name,
    );
    await expect(replay).rejects.toThrow(/nondeterminism|determinism/i);
  });
});
