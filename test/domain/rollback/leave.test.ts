import { nextMove, openState, record, statusView } from '../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import type { HoldCode } from '../../../src/domain/environment/state';
import type { RunEvent, RunState } from '../../../src/domain/rollback';
import { censusOf, plan, POLICY, request, START } from './support/fixtures';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TIMING = { ...POLICY.timing, intervalMs: 10 * SECOND, approvalMs: 15 * MINUTE };

type Unstamped = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

function then(state: RunState, event: Unstamped, afterMs = SECOND): RunState {
  return record(state, { ...event, at: state.now + afterMs } as RunEvent);
}

function begin(state: RunState): RunState {
  return record(state, { kind: 'began', move: nextMove(state), at: state.now });
}

const answered = (state: RunState, code: HoldCode, text = 'nobody answers') =>
  then(begin(state), { kind: 'claimed', answer: { kind: 'held', code, text } });

/** Checked, and right before its first effect. */
function ready(): RunState {
  const census = censusOf({ eu: 0, us: 0 });
  const blamed = { fromRevision: 'v42', toRevision: 'v41', extent: ['eu', 'us'], because: 'v42 is new' };
  let state = openState(request('auto'), START, CURRENT_RULES);
  state = then(state, {
    kind: 'assessed',
    policy: { ...POLICY, timing: TIMING },
    assessment: { kind: 'blamed', ...blamed },
    census,
  });
  state = then(state, { kind: 'planned', plan: plan('automatic') });
  return then(state, { kind: 'checked', results: [], census });
}

const waited = (state: RunState, afterMs: number) => then(begin(state), { kind: 'interrupted', move: 'wait' }, afterMs);

describe('an environment that does not answer', () => {
  it('is a question to people, and asked again after about a minute', () => {
    const silent = answered(ready(), 'ENVIRONMENT_SILENT');
    const { wait } = statusView(silent);
    expect(wait).toMatchObject({ reason: 'ENVIRONMENT_SILENT', byItself: expect.stringContaining('asked again') });
    expect(nextMove(waited(silent, 59 * SECOND))).toMatchObject({ kind: 'wait' });
    const later = waited(silent, MINUTE);
    expect(nextMove(later)).toEqual({ kind: 'claim' });
    expect(statusView(begin(later)).wait?.id).toBe(wait?.id);
  });

  it('lets the rollback begin once it does', () => {
    const later = waited(answered(ready(), 'ENVIRONMENT_SILENT'), MINUTE);
    const free = then(begin(later), { kind: 'claimed', answer: { kind: 'free', text: '1 of 2' } });
    expect(statusView(free).wait).toBeUndefined();
    expect(nextMove(free)).toMatchObject({ kind: 'shift', phase: 0 });
    expect(free.journal.at(-1)).toMatchObject({ kind: 'leave', text: 'may begin by itself: 1 of 2' });
  });

  it('is one wait and one line of the journal, however often it is asked', () => {
    let state = answered(ready(), 'ENVIRONMENT_SILENT');
    for (let times = 0; times < 3; times += 1) state = answered(waited(state, MINUTE), 'ENVIRONMENT_SILENT');
    const told = begin(state).journal.filter((entry) => entry.reason === 'ENVIRONMENT_SILENT');
    expect(told.map((entry) => entry.kind)).toEqual(['leave', 'wait']);
  });

  it('takes the approval of somebody who is faster', () => {
    const asking = begin(waited(answered(ready(), 'ENVIRONMENT_SILENT'), MINUTE));
    const waitId = statusView(asking).wait?.id;
    const approved = then(asking, {
      kind: 'command',
      command: { id: 'c1', kind: 'approve', by: 'ada', at: 0, waitId },
    });
    expect(nextMove(approved)).toMatchObject({ kind: 'shift', phase: 0 });
  });

  it('is a question to people alone once they would be paged a second time', () => {
    let state = answered(ready(), 'ENVIRONMENT_SILENT');
    const since = state.now;
    while (nextMove(waited(state, MINUTE)).kind === 'claim')
      state = answered(waited(state, MINUTE), 'ENVIRONMENT_SILENT');
    expect(state.now - since).toBeLessThan(TIMING.approvalMs);
    expect(state.now - since).toBeGreaterThan(TIMING.approvalMs - 3 * MINUTE);
    expect(statusView(waited(state, MINUTE)).wait?.byItself).toBe('nothing moves by itself; people are paged again');
  });

  it('says so when it answers no', () => {
    const no = answered(waited(answered(ready(), 'ENVIRONMENT_SILENT'), MINUTE), 'AUTOMATION_OFF', 'off, by ada');
    expect(statusView(no).wait).toMatchObject({
      reason: 'AUTOMATION_OFF',
      text: expect.stringContaining('off, by ada'),
    });
    expect(nextMove(waited(no, 10 * MINUTE))).toMatchObject({ kind: 'wait' });
  });
});

it.each(['AUTOMATION_OFF', 'AUTOMATION_ASK', 'COMMON_CAUSE', 'AUTOMATIC_LIMIT'] as const)(
  'what an environment holds for %s stays asked',
  (code) => expect(nextMove(waited(answered(ready(), code), 10 * MINUTE))).toMatchObject({ kind: 'wait' }),
);
