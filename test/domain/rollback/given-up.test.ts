import { nextMove } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { phase, plan, reading } from './support/fixtures';
import { baking, begin, heldFor, later, OBSERVATION, say, step } from './support/held';

const WIDER = { ...plan('automatic'), phases: [phase(0, { us: 50 }), phase(1, { eu: 100, us: 100 })] };

/** A look that was open when a person said a word, and what happened before it is told. */
interface LateLook {
  readonly open: RunState;
  readonly word: 'replan' | 'retry' | 'pause' | 'now';
  readonly meanwhile?: (state: RunState) => RunState;
  readonly after?: (state: RunState) => RunState;
}

function told({ open, word, meanwhile = same, after = same }: LateLook, observedIn: { phase?: number }): RunState {
  const { movesBegun: interruptedIn, inFlight } = open;
  const move = inFlight?.move.kind ?? 'wait';
  const answered = later(say(open, word, { pace: 'balanced' }), { kind: 'interrupted', move });
  return after(
    later(meanwhile(answered), { kind: 'collected', ...observedIn, observation: OBSERVATION, interruptedIn }),
  );
}

const same = (state: RunState): RunState => state;
const planned = (state: RunState): RunState => step(state, { kind: 'planned', plan: WIDER });
const checked = (state: RunState): RunState => step(state, { kind: 'checked', results: [], census: {} });
const moved = (state: RunState): RunState => {
  const move = nextMove(state);
  if (move.kind !== 'shift') throw new Error(`expected a shift, not ${move.kind}`);
  const reports = move.effects.map((order) => ({
    order,
    outcome: 'done' as const,
    reading: reading(order.target, order.desired),
  }));
  return step(state, { kind: 'shifted', phase: move.phase, reports });
};

describe('what an interrupted look had seen', () => {
  const replanned = (rules?: number): RunState =>
    told(
      { open: begin(baking({ rules })), word: 'replan', meanwhile: planned, after: (state) => moved(checked(state)) },
      { phase: 0 },
    );

  it('is no evidence of the first share of a plan that was made since', () => {
    const move = nextMove(replanned());
    expect(move).toMatchObject({ kind: 'bake', order: { phase: 0, targets: [{ target: 'us', weight: 50 }] } });
    expect(move).not.toHaveProperty('order.judge');
  });

  it('was taken for it under the rules before', () => {
    expect(nextMove(replanned(3))).toMatchObject({ kind: 'bake', order: { phase: 0, judge: OBSERVATION.judge } });
  });

  it('is no evidence where a person has asked the question afresh', () => {
    const open = begin(heldFor('NO_DATA'));
    expect(nextMove(open)).toMatchObject({ kind: 'wait', watch: { bake: 0 } });
    const move = nextMove(told({ open, word: 'retry' }, { phase: 0 }));
    expect(move).toMatchObject({ kind: 'bake', order: { phase: 0 } });
    expect(move).not.toHaveProperty('order.judge');
  });

  it('is gone on with where nothing but a pause lay between', () => {
    const paused = told({ open: begin(baking()), word: 'pause' }, { phase: 0 });
    expect(nextMove(say(paused, 'resume'))).toMatchObject({ kind: 'bake', order: { judge: OBSERVATION.judge } });
  });

  it('is not watched on with where a step was done since, for that was about another split', () => {
    const state = told({ open: begin(heldFor('PARTIAL')), word: 'now', meanwhile: moved }, {});
    const move = nextMove(say(state, 'pause'));
    expect(move).toMatchObject({ kind: 'wait', watch: { targets: [{ target: 'eu', weight: 100 }, { target: 'us' }] } });
    expect(move).not.toHaveProperty('watch.judge');
  });

  it('counts as requests that were served, whatever it is no evidence of', () => {
    const at = 5_000;
    const point = { at, current: { requests: 3, bad: 1 }, stable: { requests: 1, bad: 0 } };
    const open = begin(baking());
    const answered = planned(later(say(open, 'replan', { pace: 'balanced' }), { kind: 'interrupted', move: 'bake' }));
    const observation = { ...OBSERVATION, traffic: [point] };
    const event = { kind: 'collected', phase: 0, observation, interruptedIn: open.movesBegun } as const;
    expect(later(answered, event).traffic).toEqual([point]);
  });
});
