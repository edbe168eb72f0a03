import type { Verdict, VerdictReason } from '../../../src/domain/judge/verdict';
import { DATA_ARE_BACK, nextMove } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { verdict } from './support/fixtures';
import { heldFor, OBSERVATION as observation, say, later, soaking, step } from './support/held';
import type { Held } from './support/held';

const { judge } = observation;

const back = (state: RunState): RunState => later(state, { kind: 'watched', phase: 0, observation, dataAreBack: true });

const watched = (state: RunState, harm: Verdict): RunState =>
  later(state, { kind: 'watched', observation: { readings: {}, traffic: [], observedMs: 0 }, harm });

describe('a bake held without proof', () => {
  it('goes on gathering evidence while people think, and retry watches on with all of it', () => {
    const held = heldFor('LONGEST_BAKE');
    expect(nextMove(held)).toMatchObject({ kind: 'wait', watch: { bake: 0, judge, overdue: true } });
    const longer = { ...judge, intervals: judge.intervals + 1 };
    const seen = later(held, { kind: 'watched', phase: 0, observation: { ...observation, judge: longer } });
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

describe('a soak that is shown nothing', () => {
  const silent = (reason: VerdictReason, how?: Held): RunState =>
    step(soaking(how), { kind: 'soaked', observation, harm: verdict('hold', reason) });
  const shown = (state: RunState): RunState => later(state, { kind: 'watched', observation, dataAreBack: true });

  it.each(['NO_DATA', 'NO_TRAFFIC'] as const)(
    'for %s goes on by itself with what it had, and says so once',
    (reason) => {
      const held = silent(reason);
      expect(nextMove(held)).toMatchObject({
        kind: 'wait',
        wait: { reason: 'HOLD', mends: true, byItself: expect.stringContaining('goes on watching once data are back') },
        watch: { soak: true, judge, harmKnown: false },
      });
      expect(nextMove(held)).not.toHaveProperty('watch.bake');
      const resumed = shown(held);
      expect(nextMove(resumed)).toMatchObject({ kind: 'soak', watch: { judge } });
      expect(resumed.journal.filter(({ text }) => text === DATA_ARE_BACK)).toHaveLength(1);
    },
  );

  it('counts no time as soaked while it waits', () => {
    const held = silent('NO_DATA');
    const waited = later(held, { kind: 'watched', observation: { ...observation, observedMs: 60_000 } });
    expect(waited.soakedMs).toBe(held.soakedMs);
  });

  it('leaves it to a person what it means that a target serves something else', () => {
    const held = silent('DRIFT');
    expect(nextMove(held)).not.toHaveProperty('watch.soak');
    expect(shown(held).open?.reason).toBe('HOLD');
  });

  it.each(['abort', 'unwind', 'approve', 'retry'] as const)('heeds %s, whatever comes back later', (kind) => {
    const answered = say(silent('NO_TRAFFIC'), kind);
    expect(nextMove(shown(answered)).kind).toBe(nextMove(answered).kind);
    expect(shown(answered).journal.some(({ text }) => text === DATA_ARE_BACK)).toBe(false);
  });

  it('waits for a person where the rollback began under earlier rules', () => {
    const held = silent('NO_TRAFFIC', { rules: 2 });
    expect(nextMove(held)).not.toHaveProperty('watch.soak');
    expect(held.open?.mends).toBeUndefined();
    expect(shown(held).open?.id).toBe(held.open?.id);
  });
});
