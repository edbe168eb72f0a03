import { unhelpedIn } from '../../../src/domain/rollback/helped';
import { nextMove, openState, record, statusView } from '../../../src/domain/rollback';
import type { RunEvent, RunState } from '../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import type { TargetReading } from '../../../src/domain/plan';
import { planned, planInput } from '../plan/support/plans';
import { POLICY, reading, request, START } from './support/fixtures';

const policy = {
  ...POLICY,
  targets: [
    { name: 'route', labels: {}, adapter: { type: 'in-memory' } },
    { name: 'pods', labels: {}, adapter: { type: 'in-memory' }, behind: 'route' },
  ],
};

type Unstamped = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

function then(state: RunState, event: Unstamped): RunState {
  return record(state, { ...event, at: state.now + 1_000 } as RunEvent);
}

/** Everything at once, which both targets have done; the route finds no pod of the suspect any more. */
function allBack(): RunState {
  const census = { route: reading('route', 0), pods: reading('pods', 0) };
  const blamed = { fromRevision: 'v42', toRevision: 'v41', extent: ['route', 'pods'], because: 'v42 is new' };
  const plan = planned({ ...planInput(policy.targets, { census }), policy, atOnce: true });
  let state = openState(request('auto'), START, CURRENT_RULES);
  state = then(state, { kind: 'assessed', policy, assessment: { kind: 'blamed', ...blamed }, census });
  state = then(state, { kind: 'planned', plan });
  state = then(state, { kind: 'checked', results: [], census });
  state = then(state, { kind: 'claimed', answer: { kind: 'free', text: '1 of 2' } });
  const move = nextMove(state);
  if (move.kind !== 'shift') throw new Error(`the next move is ${move.kind}, not a shift`);
  const reports = move.effects.map((order) => ({ order, outcome: 'done' as const, reading: servedBy(order.target) }));
  return then(record(state, { kind: 'began', move, at: state.now }), { kind: 'shifted', phase: 0, reports });
}

function servedBy(target: string): TargetReading {
  return {
    ...reading(target, 100),
    revisions: [{ revision: 'v41', weight: 100, readyCapacity: 100, readyInstances: 2 }],
  };
}

describe('what stands behind another target', () => {
  it('is taken back without a word about room for the suspect in front of it, which an unwind brings again', () => {
    const told = allBack().journal.filter(({ text }) => text.includes('an unwind would not find room'));
    expect(told.map(({ target }) => target)).toEqual(['pods']);
  });

  it('has no users of its own', () => {
    const half = then(allBack(), {
      kind: 'censusTaken',
      census: { pods: reading('pods', 0) },
      unreadable: [],
    });
    expect(statusView(half)).toMatchObject({ moved: 100 });
  });

  it('is put back first, so that the suspect has room before it gets traffic', () => {
    const asked = then(allBack(), {
      kind: 'command',
      command: { id: 'c1', kind: 'unwind', by: 'ada', at: 0, reason: 'not this release' },
    });
    expect(nextMove(asked)).toMatchObject({ kind: 'unwind', effect: { target: 'pods' } });
  });

  it('asks nobody once a share of what is in front has been proven to help', () => {
    const plan = planned({ ...planInput(policy.targets), policy });
    const phase = plan.phases.at(-1);
    if (!phase) throw new Error('a plan has phases');
    const reached = then(allBack(), { kind: 'censusTaken', census: { pods: reading('pods', 0) }, unreadable: [] });
    expect(unhelpedIn({ ...reached, plan }, phase)).toEqual(['pods']);
    expect(unhelpedIn({ ...reached, plan, helped: ['route'] }, phase)).toEqual([]);
  });
});
