import type { VerdictReason } from '../../../src/domain/judge/verdict';
import type { RollbackPlan } from '../../../src/domain/plan';
import { nextMove } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { presentWait } from '../../../src/domain/rollback/waits';
import { phase, plan, reading, verdict } from './support/fixtures';
import { baking, heldFor, later, OBSERVATION, say, step } from './support/held';
import type { Held } from './support/held';

/** A rollback whose bake of this phase ended so. */
function baked(state: RunState, index: number, reason: VerdictReason): RunState {
  return step(state, {
    kind: 'baked',
    phase: index,
    observation: OBSERVATION,
    verdict: verdict('proceed', reason),
  });
}

const passed = (reason: VerdictReason, how: Held = {}) => baked(baking(how), 0, reason);

/** The share is there. */
function shifted(state: RunState, index: number, target: string, desired: number): RunState {
  const order = { target, number: 9, desired, expected: 0 };
  const reports = [{ order, outcome: 'done' as const, reading: reading(target, desired) }];
  return step(state, { kind: 'shifted', phase: index, reports });
}

const planOf = (...phases: RollbackPlan['phases']): RollbackPlan => ({
  ...plan('automatic'),
  extent: ['eu', 'us', 'ap'],
  phases,
});

const ALL_OF_EU = { kind: 'shift', phase: 1, effects: [{ target: 'eu', desired: 100 }] };
const ASKS = { kind: 'wait', wait: { for: 'approval', reason: 'GATE', phase: 1 } };

describe('a phase that leaves no control', () => {
  it('begins by itself where a verdict has proven that going back helps there', () => {
    expect(nextMove(passed('HELPING'))).toMatchObject(ALL_OF_EU);
  });

  it.each(['NOTHING_TO_JUDGE', 'THIN'] as const)('begins by itself where help cannot be proven: %s', (reason) => {
    expect(nextMove(passed(reason))).toMatchObject(ALL_OF_EU);
  });

  it.each(['NOTHING_TO_JUDGE', 'THIN'] as const)(
    'takes %s on others for no proof, where somebody is served',
    (reason) => {
      const steps = planOf(phase(0, { eu: 25 }), phase(1, { us: 50 }), phase(2, { ap: 100 }));
      const one = passed(reason, { plan: steps });
      const served = {
        ...one,
        traffic: [{ at: one.now, current: { requests: 9, bad: 0 }, stable: { requests: 9, bad: 0 } }],
      };
      const two = baked(shifted(served, 1, 'us', 50), 1, reason);
      expect(two.excused).toEqual(['eu', 'us']);
      expect(nextMove(two)).toMatchObject({ kind: 'wait', wait: { reason: 'GATE', phase: 2 } });
      expect(nextMove({ ...two, traffic: [] })).toMatchObject({ kind: 'prepare', phase: 2 });
      const fast = passed(reason, {
        plan: { ...planOf(phase(0, { eu: 25 }), phase(1, { us: 100 })), helpOnOthers: 1 },
      });
      expect(nextMove({ ...fast, traffic: served.traffic })).toMatchObject(ASKS);
    },
  );

  it('asks where a person let the phase before pass unproven, and goes on once that is approved too', () => {
    const held = heldFor('LONGEST_BAKE');
    const approved = say(held, 'approve');
    expect(nextMove(approved)).toMatchObject(ASKS);
    expect(presentWait(approved)?.text).toBe(
      'Phase 2 "eu 100 %" needs an approval: no verdict has proven that going back helps on eu or on enough others, ' +
        'and this phase leaves nothing there to compare with',
    );
    const answered = say(approved, 'approve', { id: 'again', waitId: presentWait(approved)?.id });
    expect(nextMove(answered)).toMatchObject(ALL_OF_EU);
  });

  it('went on under the rules before, which rollbacks that began under them keep', () => {
    expect(nextMove(say(heldFor('LONGEST_BAKE', { rules: 2 }), 'approve'))).toMatchObject(ALL_OF_EU);
  });

  it('takes what is restored without a control for no proof that going back helps elsewhere', () => {
    const steps = planOf(phase(0, { eu: 25 }), phase(1, { eu: 100 }), phase(2, { us: 100 }));
    const there = shifted(passed('HELPING', { plan: steps }), 1, 'eu', 100);
    expect(nextMove(baked(there, 1, 'RESTORED'))).toMatchObject({ kind: 'wait', wait: { reason: 'GATE', phase: 2 } });
  });

  it('needs no share of its own where two others have helped, or one where the plan goes fast', () => {
    const steps = planOf(phase(0, { eu: 25 }), phase(1, { us: 50 }), phase(2, { ap: 100 }));
    const one = passed('HELPING', { plan: steps });
    const two = shifted(one, 1, 'us', 50);
    // The capacity was asked for while the phase before was watched.
    const move = { kind: 'prepare', phase: 2 };
    expect(nextMove(baked(two, 1, 'HELPING'))).toMatchObject(move);
    const fast = planOf(phase(0, { eu: 25 }), phase(1, { us: 100, ap: 100 }));
    expect(nextMove(passed('HELPING', { plan: { ...fast, helpOnOthers: 1 } }))).toMatchObject({
      kind: 'prepare',
      phase: 1,
    });
    expect(nextMove(passed('HELPING', { plan: fast }))).toMatchObject(ASKS);
  });

  it('asks where help was proven on one other alone, and the plan does not go fast', () => {
    const steps = planOf(phase(0, { eu: 25 }), phase(1, { eu: 50 }), phase(2, { us: 100 }));
    const again = shifted(passed('HELPING', { plan: steps }), 1, 'eu', 50);
    expect(nextMove(baked(again, 1, 'HELPING'))).toMatchObject({ kind: 'wait', wait: { reason: 'GATE', phase: 2 } });
  });

  it('is not asked about where it is there already, nor in the first phase, of which whoever starts decides', () => {
    const steps = planOf(phase(0, { eu: 100 }), phase(1, { us: 50 }));
    expect(nextMove(baking({ plan: steps }))).toMatchObject({ kind: 'shift', phase: 0 });
    const there = shifted(say(heldFor('LONGEST_BAKE'), 'approve'), 1, 'eu', 100);
    expect(nextMove(there)).toMatchObject({ kind: 'bake', order: { phase: 1, mode: 'absolute' } });
  });

  it('remembers what has helped when the plan is made anew', () => {
    const anew = step(say(passed('HELPING'), 'replan', { pace: 'balanced' }), {
      kind: 'planned',
      plan: plan('automatic'),
    });
    expect(anew.helped).toEqual(['eu']);
    const again = later(anew, { kind: 'checked', results: [], census: anew.census });
    const held = step(again, {
      kind: 'baked',
      phase: 0,
      observation: OBSERVATION,
      verdict: verdict('hold', 'LONGEST_BAKE'),
    });
    expect(nextMove(say(held, 'approve'))).toMatchObject(ALL_OF_EU);
  });

  it('is content with no harm where the cause has no metric, for then help is not asked', () => {
    expect(nextMove(passed('NO_HARM'))).toMatchObject(ALL_OF_EU);
  });
});
