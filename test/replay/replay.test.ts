import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { CURRENT_RULES, RULES } from '../../src/domain/rollback/rules';
import { pairsOf, rulesOf } from './history-pairs';
import { REQUIRED } from './pairs';
import { historiesUnder, releasedHistories, todaysHistories } from './stored';
import type { StoredHistory } from './stored';

Runtime.install({ logger: new DefaultLogger('ERROR') });

// Each history is replayed by a worker of its own, which is seconds of work on a busy machine.
jest.setTimeout(300_000);

const BUNDLE = join(__dirname, '..', '..', 'dist', 'workflow-bundle.js');
const histories = todaysHistories();

/** The workflow code of today with something else in the one place where it says this. */
function planted(place: string, instead: string, code = readFileSync(BUNDLE, 'utf8')): string {
  expect(code.split(place)).toHaveLength(2);
  return code.replace(place, instead);
}

/** What does not replay, with why. */
async function notReplaying(code: string, stored: readonly StoredHistory[]): Promise<readonly string[]> {
  const failures: string[] = [];
  const options = { workflowBundle: { code }, replayName: 'stored' };
  const runs = stored.map(({ name, history }) => ({ workflowId: name, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories(options, runs)) {
    if (error) failures.push(`${workflowId}: ${error.message}`);
  }
  return failures;
}

describe('stored histories', () => {
  it('contain every pair of a move and its outcome, under the rules of today', () => {
    const covered = new Set(historiesUnder(CURRENT_RULES).flatMap(({ history }) => [...pairsOf(history)]));
    expect(REQUIRED.filter((pair) => !covered.has(pair))).toEqual([]);
  });

  it('replay through the workflow code of today, those of released versions too', async () => {
    expect(await notReplaying(readFileSync(BUNDLE, 'utf8'), [...histories, ...releasedHistories()])).toEqual([]);
  });

  it('do not replay through code that does its moves in another order', async () => {
    const code = planted("return { kind: 'assess' };", "return { kind: 'report' };");
    expect(await notReplaying(code, histories.slice(0, 1))).toEqual([expect.stringMatching(/nondeterminism/i)]);
  });

  it('do not replay through code that tells of a drift where an earlier build told nobody', async () => {
    const code = planted("hasDrifted && (0, workflow_1.patched)('tells-drift')", 'hasDrifted');
    const kept = histories.filter(({ name }) => name.includes('tells-nobody'));
    expect(kept).toHaveLength(1);
    expect(await notReplaying(code, kept)).toEqual([expect.stringMatching(/nondeterminism/i)]);
  });

  it('replay through code that does so under new rules only, for they say which ones they began under', async () => {
    const first = "{ number: 1, what: 'the first rules',";
    const code = planted(
      "return { kind: 'assess' };",
      `return state.rules > ${CURRENT_RULES} ? { kind: 'report' } : { kind: 'assess' };`,
      planted(first, `{ number: ${CURRENT_RULES + 1} }, ${first}`),
    );
    const oneOfEach = RULES.flatMap(({ number }) => historiesUnder(number).slice(0, 1));
    expect(oneOfEach).toHaveLength(RULES.length);
    expect(await notReplaying(code, oneOfEach)).toEqual([]);
  });

  it('hold one that began under each of the rules', () => {
    const held = new Set(histories.map(({ history }) => rulesOf(history)));
    expect(RULES.filter(({ number }) => !held.has(number))).toEqual([]);
    const misnamed = RULES.flatMap(({ number }) =>
      historiesUnder(number).filter(({ history }) => ![1, number].includes(rulesOf(history))),
    );
    expect(misnamed.map(({ name }) => name)).toEqual([]);
  });
});

describe('the rules', () => {
  it('are numbered one after the other, each with what, why, since and until when', () => {
    expect(RULES.map(({ number }) => number)).toEqual(RULES.map((_rule, index) => index + 1));
    for (const rule of RULES) expect(Object.values(rule).filter((text) => String(text).trim() === '')).toEqual([]);
  });
});
