import { openRecorded } from '../../../src/domain/judge';
import type { Verdict, VerdictReason } from '../../../src/domain/judge/verdict';
import { DATA_ARE_BACK, endOf, nextMove, openState, record } from '../../../src/domain/rollback';
import type { RunEvent, RunState } from '../../../src/domain/rollback';
import type { CommandKind } from '../../../src/domain/rollback/command';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import { censusOf, plan, POLICY, reading, request, START, verdict } from './support/fixtures';

type Unstamped = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

const judge = openRecorded({ intervalMs: 1_000, settleMs: 0, longestBakeMs: 60_000, guardrails: [] }, []);
const observation = { readings: {}, traffic: [], observedMs: 0, judge };

function then(state: RunState, event: Unstamped): RunState {
  return record(state, { ...event, at: state.now + 1_000 } as RunEvent);
}

/** A rollback whose first bake was held for this reason. */
function heldFor(reason: VerdictReason): RunState {
  const census = censusOf({ eu: 0, us: 0 });
  const blamed = { fromRevision: 'v42', toRevision: 'v41', extent: ['eu', 'us'], because: 'v42 is new' };
  const order = { target: 'eu', number: 1, desired: 25, expected: 0 };
  const events: readonly Unstamped[] = [
    { kind: 'assessed', policy: POLICY, assessment: { kind: 'blamed', ...blamed }, census },
    { kind: 'planned', plan: plan('automatic') },
    { kind: 'checked', results: [], census },
    { kind: 'claimed', answer: { kind: 'free', text: '1 of 2' } },
    { kind: 'shifted', phase: 0, reports: [{ order, outcome: 'done', reading: reading('eu', 25) }] },
    { kind: 'baked', phase: 0, observation, verdict: verdict('hold', reason) },
  ];
  return events.reduce(
    (state, event) => {
      const begun = record(state, { kind: 'began', move: nextMove(state), at: state.now });
      return then(begun, event);
    },
    openState(request('auto'), START, CURRENT_RULES),
  );
}

function say(state: RunState, kind: CommandKind): RunState {
  const command = {
    id: kind,
    kind,
    by: 'ada',
    at: 0,
    reason: 'because',
    ...(state.open ? { waitId: state.open.id } : {}),
  };
  return then(state, { kind: 'command', command });
}

const back = (state: RunState): RunState => then(state, { kind: 'watched', phase: 0, observation, dataAreBack: true });

const watched = (state: RunState, harm: Verdict): RunState =>
  then(state, { kind: 'watched', observation: { readings: {}, traffic: [], observedMs: 0 }, harm });

describe('a bake held without proof', () => {
  it('goes on gathering evidence while people think, and retry watches on with all of it', () => {
    const held = heldFor('LONGEST_BAKE');
    expect(nextMove(held)).toMatchObject({ kind: 'wait', watch: { bake: 0, judge, overdue: true } });
    const longer = { ...judge, intervals: judge.intervals + 1 };
    const seen = then(held, { kind: 'watched', phase: 0, observation: { ...observation, judge: longer } });
    const again = nextMove(say(seen, 'retry'));
    expect(again).toMatchObject({ kind: 'bake', order: { patience: 2, judge: longer } });
  });

  it.each(['LONGEST_BAKE', 'PARTIAL', 'COUPLED', 'SYMPTOM_GONE', 'DRIFT'] as const)(
    'is still watched for harm while %s is asked about, and harm is another question',
    (reason) => {
      const held = heldFor(reason);
      expect(nextMove(held)).toMatchObject({ kind: 'wait', watch: { harmKnown: false } });
      const worse = watched(held, verdict('halt', 'WORSE'));
      expect(worse.open?.reason).toBe('HARM_WHILE_WAITING');
      expect(worse.open?.id).not.toBe(held.open?.id);
      expect(nextMove(worse)).toMatchObject({ kind: 'wait', watch: { harmKnown: true } });
    },
  );

  it('asks once what it means that a target serves something else', () => {
    expect(nextMove(heldFor('DRIFT'))).toMatchObject({ watch: { driftKnown: true } });
    expect(nextMove(heldFor('PARTIAL'))).not.toMatchObject({ watch: { driftKnown: true } });
  });
});

describe('a bake held for want of data', () => {
  it.each(['NO_DATA', 'DATA_POOR', 'NO_TRAFFIC', 'SPLIT_MISMATCH'] as const)(
    'keeps its eyes open for %s and goes on by itself with what it had',
    (reason) => {
      const held = heldFor(reason);
      expect(nextMove(held)).toMatchObject({ kind: 'wait', watch: { bake: 0, judge, harmKnown: false } });
      const resumed = back(held);
      expect(nextMove(resumed)).toMatchObject({ kind: 'bake', order: { phase: 0, purpose: 'verdict', judge } });
      expect(resumed.phases[0]?.passedBy).toBeUndefined();
      expect(resumed.journal.filter(({ text }) => text === DATA_ARE_BACK)).toHaveLength(1);
    },
  );

  it.each(['THIN', 'COUPLED', 'LONGEST_BAKE', 'PARTIAL'] as const)('leaves %s to a person', (reason) => {
    const held = heldFor(reason);
    expect(nextMove(held)).not.toMatchObject({ watch: { bake: 0, overdue: undefined } });
    expect(back(held).open?.reason).toBe('HOLD');
  });

  it('stays paused where a person has paused it meanwhile, and bakes on once resumed', () => {
    const paused = say(heldFor('NO_DATA'), 'pause');
    expect(nextMove(paused)).toMatchObject({ kind: 'wait', wait: { reason: 'PAUSED' }, watch: { bake: 0 } });
    const resumed = back(paused);
    expect(nextMove(resumed)).toMatchObject({ kind: 'wait', wait: { reason: 'PAUSED' } });
    expect(nextMove(say(resumed, 'resume'))).toMatchObject({ kind: 'bake', order: { judge } });
  });

  it.each(['abort', 'unwind', 'now', 'approve', 'retry'] as const)('heeds %s, whatever comes back later', (kind) => {
    const answered = say(heldFor('NO_DATA'), kind);
    const late = back(answered);
    expect(answered.outcomes.at(-1)?.result).toBe('applied');
    expect(nextMove(late).kind).toBe(nextMove(answered).kind);
    expect(late.journal.some(({ text }) => text === DATA_ARE_BACK)).toBe(false);
  });
});

describe('what an interrupted watch had read of the targets', () => {
  it('comes too late to say what they serve once they have been put back', () => {
    const unwinding = say(heldFor('PARTIAL'), 'unwind');
    const begun = record(unwinding, { kind: 'began', move: nextMove(unwinding), at: unwinding.now });
    const order = { target: 'eu', number: 2, desired: 0, expected: 25 };
    const back0 = then(begun, { kind: 'unwound', report: { order, outcome: 'done', reading: reading('eu', 0) } });
    const late = { ...observation, judge: undefined, readings: censusOf({ eu: 25 }) };
    const collected = then(back0, { kind: 'collected', observation: late });
    expect(collected.census.eu).toEqual(back0.census.eu);
    expect(endOf(collected).text).toContain('eu 0 %');
  });
});
