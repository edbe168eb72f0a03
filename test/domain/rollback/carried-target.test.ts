import type { Verdict } from '../../../src/domain/judge';
import type { VerdictReason } from '../../../src/domain/judge/verdict';
import { nextMove } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import type { BakeOrder, WatchOrder } from '../../../src/domain/rollback/move';
import { plan, phase, reading, verdict } from './support/fixtures';
import { baking, OBSERVATION, say, step } from './support/held';

const PLAN = { ...plan('automatic'), phases: [phase(0, { eu: 25 }), phase(1, { eu: 100 }), phase(2, { us: 100 })] };

/** Lets a bake go on, with these counts of current. */
function judged(state: RunState, at: number, current: Verdict['current'], reason: VerdictReason): RunState {
  const said = { ...verdict('proceed', reason), current };
  return step(state, { kind: 'baked', phase: at, observation: OBSERVATION, verdict: said });
}

/** Takes eu back whole, after which the phase without a control is baked. */
function wholeOfEu(state: RunState): RunState {
  const order = { target: 'eu', number: 2, desired: 100, expected: 25 };
  return step(state, {
    kind: 'shifted',
    phase: 1,
    reports: [{ order, outcome: 'done', reading: reading('eu', 100) }],
  });
}

/** What the bake that comes next is told counts as restored. */
function told(state: RunState): number | undefined {
  return bakeNext(state).carriedTau;
}

function bakeNext(state: RunState): BakeOrder {
  const move = nextMove(state);
  if (move.kind !== 'bake') throw new Error(`${move.kind} came next`);
  return move.order;
}

/** The look that comes with a pause. */
function watchNext(state: RunState): WatchOrder | undefined {
  const move = nextMove(say(state, 'pause'));
  return move.kind === 'wait' ? move.watch : undefined;
}

describe('what a phase with a control leaves for those without', () => {
  const first = baking({ plan: PLAN });

  it('is 0.7 times what the suspect failed in it, told to the bake of the next', () => {
    expect(told(first)).toBeUndefined();
    const helped = judged(first, 0, { requests: 1_000, bad: 50 }, 'HELPING');
    expect(told(wholeOfEu(helped))).toBeCloseTo(0.035, 9);
  });

  it('is not changed by what still drains from the suspect in a phase without one', () => {
    const alone = wholeOfEu(judged(first, 0, { requests: 1_000, bad: 50 }, 'HELPING'));
    expect(judged(alone, 1, { requests: 400, bad: 300 }, 'RESTORED').carriedTau).toBeCloseTo(0.035, 9);
  });

  it.each([
    ['failed nothing, which no revision can be proven to undercut', { requests: 400, bad: 0 }],
    ['had too few requests to tell', { requests: 3, bad: 1 }],
  ])('is nothing where the suspect %s', (_why, current) => {
    expect(judged(first, 0, current, 'THIN').carriedTau).toBeUndefined();
  });

  it('is told to whoever watches meanwhile, and to the soak', () => {
    const helped = judged(first, 0, { requests: 1_000, bad: 50 }, 'HELPING');
    expect(watchNext(helped)?.carriedTau).toBeCloseTo(0.035, 9);
  });

  it('is told to nobody where help is not asked: the suspect may have failed no more than is good', () => {
    const { request } = first;
    const helped = judged(
      { ...first, request: { ...request, cause: 'security' } },
      0,
      { requests: 1_000, bad: 50 },
      'NO_HARM',
    );
    expect(told(wholeOfEu(helped))).toBeUndefined();
    expect(watchNext(helped)).not.toHaveProperty('carriedTau');
  });

  it('is told with the bounds at which it was counted, where the judge had chosen them', () => {
    const counted = { requests: 1_000, bad: 50 };
    const bounds = [0.1, 0.5, 1];
    const at = (state: RunState, given?: readonly number[]): RunState =>
      step(state, {
        kind: 'baked',
        phase: 0,
        observation: OBSERVATION,
        verdict: { ...verdict('proceed', 'HELPING'), current: counted, ...(given ? { bounds: given } : {}) },
      });
    expect(bakeNext(wholeOfEu(at(first, bounds))).carriedBounds).toEqual(bounds);
    expect(watchNext(at(first, bounds))?.carriedBounds).toEqual(bounds);
    expect(bakeNext(wholeOfEu(at({ ...first, carriedBounds: bounds })))).not.toHaveProperty('carriedBounds');
  });
});

describe('the end of a soak', () => {
  const soaked = (soakNote?: string) => {
    const order = { ...plan('automatic'), phases: [phase(0, { eu: 25 })] };
    const done = judged(baking({ plan: order }), 0, { requests: 1_000, bad: 50 }, 'HELPING');
    const observation = { ...OBSERVATION, observedMs: 5_000, ...(soakNote === undefined ? {} : { soakNote }) };
    return step(done, { kind: 'soaked', observation }).journal.find(({ kind }) => kind === 'soaked')?.text;
  };

  it('says that nothing was found, and what could not be judged', () => {
    expect(soaked()).toBe('soaked 5 s without new harm');
    expect(soaked('load could not be judged')).toBe('soaked 5 s without new harm; load could not be judged');
  });
});
