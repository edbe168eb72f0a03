import { buildReport } from '../../../src/domain/report';
import { nextMove, record } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { statusView } from '../../../src/domain/rollback/status';
import type { RollbackPlan } from '../../../src/domain/plan';
import { presentWait } from '../../../src/domain/rollback/waits';
import { alert, censusOf, phase, plan, reading, verdict } from './support/fixtures';
import { baking, begin, OBSERVATION, say, step, later } from './support/held';
import type { Held } from './support/held';

/** The policy lets it widen where both revisions fail together, and in its first bake they do. */
function coupled(how: Held = {}): RunState {
  const said = verdict('proceed', 'COUPLED');
  return step(baking(how), { kind: 'baked', phase: 0, observation: OBSERVATION, verdict: said });
}

const planOf = (...phases: RollbackPlan['phases']): RollbackPlan => ({ ...plan('automatic'), phases });

const shares = ({ plan: planned }: RunState) => planned?.phases.map(({ name, gate }) => `${name} ${gate}`);

/** Half of eu is there. */
function atHalf(state: RunState): RunState {
  const order = { target: 'eu', number: 2, desired: 50, expected: 25 };
  return step(state, { kind: 'shifted', phase: 1, reports: [{ order, outcome: 'done', reading: reading('eu', 50) }] });
}

describe('both revisions failing together, where the policy widens', () => {
  it('is followed by exactly half, which is judged before anything more moves', () => {
    const state = coupled();
    expect(shares(state)).toEqual([
      'eu 25 % automatic',
      'eu 50 % automatic',
      'eu 100 % automatic',
      'us 50 % automatic',
      'us 100 % automatic',
    ]);
    expect(state.plan?.phases.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(nextMove(state)).toMatchObject({ kind: 'shift', phase: 1, effects: [{ target: 'eu', desired: 50 }] });
    const order = { phase: 1, mode: 'compare', widened: true };
    expect(nextMove(atHalf(state))).toMatchObject({ kind: 'bake', order });
  });

  it('went on to the next written phase under the first rules', () => {
    const state = coupled({ rules: 1 });
    expect(nextMove(state)).toMatchObject({ kind: 'shift', phase: 1, effects: [{ target: 'eu', desired: 100 }] });
    expect(state.plan?.phases).toHaveLength(4);
  });

  it('tells the judge what it would be widened to: half, or nothing once that is done or used up', () => {
    const order = (state: RunState) => {
      const move = nextMove(state);
      return move.kind === 'bake' ? [move.order.widened, move.order.widensTo] : move.kind;
    };
    expect(order(baking())).toEqual([undefined, 'half']);
    expect(order(baking({ rules: 1 }))).toEqual([undefined, undefined]);
    expect(order(atHalf(coupled()))).toEqual([true, undefined]);
    const from = (share: number) => order(baking({ plan: planOf(phase(0, { eu: 25 }), phase(1, { eu: share })) }));
    expect([from(40), from(50)]).toEqual([
      [undefined, 'nothing'],
      [undefined, 'half'],
    ]);
  });

  it('takes the place of the steps that it overtakes, and asks whom they would have asked', () => {
    const steps = planOf(
      phase(0, { eu: 25 }),
      phase(1, { eu: 40 }, 'approval'),
      phase(2, { eu: 50 }),
      phase(3, { eu: 100 }),
    );
    const state = coupled({ plan: steps });
    expect(shares(state)).toEqual(['eu 25 % automatic', 'eu 50 % approval', 'eu 100 % automatic']);
    expect(nextMove(state)).toMatchObject({ kind: 'wait', wait: { reason: 'GATE', phase: 1 } });
    expect(state.plan?.expectedReliefMs).toBe((steps.expectedReliefMs * 3) / 4);
  });

  it('is in what people see: status, journal and report', () => {
    const state = begin(coupled());
    expect(statusView(state)).toMatchObject({
      phase: { number: 2, of: 5, name: 'eu 50 %' },
      next: 'eu → 50 %, then watch',
    });
    expect(state.journal.at(-1)).toMatchObject({
      kind: 'planned',
      text: 'both revisions fail together, so eu 50 % is next; left: eu 50 % → eu 100 % → us 50 % → us 100 %',
    });
    const aborted = later(say(state, 'abort'), { kind: 'interrupted', move: 'shift' });
    const report = buildReport(aborted, { kind: 'aborted', reason: 'ABORTED', text: 'aborted' }, aborted.now);
    expect(report.plan?.phases.slice(0, 2)).toMatchObject([
      { passedBy: 'exception', verdict: 'COUPLED' },
      { number: 2, name: 'eu 50 %', because: expect.stringContaining('widened once, as the policy says') },
    ]);
  });

  it('happens once, also where the plan is made anew meanwhile', () => {
    const ahead = coupled();
    const anew = (renewed: RollbackPlan) => later({ ...ahead, planIsOld: true }, { kind: 'planned', plan: renewed });
    expect(shares(anew(plan('automatic')))).toEqual(shares(ahead));
    expect(anew(plan('automatic')).phases[0]?.passedBy).toBe('exception');
    const other = anew(planOf(phase(0, { eu: 25 }), phase(1, { eu: 100, us: 100 })));
    expect(other.plan?.phases.map(({ name }) => name)).toEqual(['eu 25 %', 'eu 50 %', 'eu 100 %, us 100 %']);
    expect(other.widened).toBe(true);
    const replanned = step(say(ahead, 'replan', { pace: 'balanced' }), { kind: 'planned', plan: plan('automatic') });
    expect(replanned.plan?.phases).toHaveLength(4);
    expect(replanned.widened).toBe(true);
  });

  describe('while half has not come', () => {
    /** Capacity for half takes longer than a verdict is good for. */
    const awaited = (state: RunState) => record(state, { kind: 'alert', alert: alert(), at: state.now + 30_000 });
    const said = verdict('proceed', 'COUPLED');

    it('is no news when the verdict has to be renewed: it goes on to half, once', () => {
      const late = awaited(coupled());
      const move = nextMove(late);
      expect(move).toMatchObject({ kind: 'bake', order: { phase: 0, purpose: 'renew', widensTo: 'half' } });
      expect(move.kind === 'bake' && move.order.widened).toBeUndefined();
      const renewed = step(late, { kind: 'baked', phase: 0, observation: OBSERVATION, verdict: said });
      expect(nextMove(renewed)).toMatchObject({ kind: 'shift', phase: 1, effects: [{ target: 'eu', desired: 50 }] });
      expect(shares(renewed)).toEqual(shares(coupled()));
      expect(renewed.journal.filter(({ text }) => /so eu 50 % is next/.test(text))).toHaveLength(1);
    });

    it('is no news where the plan was made anew with other steps and the share before it is judged again', () => {
      const steps = planOf(phase(0, { eu: 25 }), phase(1, { eu: 100, us: 100 }));
      const planned = later({ ...coupled(), planIsOld: true }, { kind: 'planned', plan: steps });
      const anew = later(planned, { kind: 'checked', results: [], census: planned.census });
      const approved = say(anew, 'approve', { waitId: presentWait(anew)?.id });
      expect(nextMove(approved)).toMatchObject({ kind: 'bake', order: { phase: 0, widensTo: 'half' } });
      const judged = step(approved, { kind: 'baked', phase: 0, observation: OBSERVATION, verdict: said });
      expect(shares(judged)).toEqual(['eu 25 % approval', 'eu 50 % automatic', 'eu 100 %, us 100 % automatic']);
      expect(nextMove(judged)).toMatchObject({ kind: 'shift', phase: 1, effects: [{ target: 'eu', desired: 50 }] });
    });

    it('is asked about once half has come', () => {
      expect(nextMove(atHalf(awaited(coupled())))).toMatchObject({ kind: 'bake', order: { widened: true } });
    });
  });

  it.each([
    [3, ['eu 2 of 3 instances (66.7 %)', 'eu 100 %']],
    [8, ['eu 4 of 8 instances (50 %)', 'eu 100 %']],
    [1, ['eu 100 %']],
  ])('takes the nearest that is no less where a target has %i instances, if that leaves a control', (total, left) => {
    const steps = planOf(phase(0, { eu: 25 }), phase(1, { eu: 100 }));
    const state = coupled({ plan: { ...steps, units: { eu: { total, name: 'instances' } } } });
    expect(state.plan?.phases.slice(1).map(({ name }) => name)).toEqual(left);
  });

  it('leaves alone what a person has left out or taken as it was', () => {
    const state = { ...baking(), adopted: ['eu'], census: censusOf({ eu: 25, us: 0 }) };
    expect(nextMove(state)).toMatchObject({ kind: 'bake', order: { widensTo: 'nothing' } });
  });
});
