import { buildReport, renderReportMarkdown, renderStatusBlock } from '../../../src/domain/report';
import { endOf, nextMove, openState, record, statusView, weightsSummary } from '../../../src/domain/rollback';
import type { RunEvent, RunState } from '../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import type { TargetReading } from '../../../src/domain/plan';
import { planned, planInput } from '../plan/support/plans';
import { POLICY, reading, request, START } from './support/fixtures';

const SECOND = 1_000;
const UNITS = { total: 8, name: 'instances' };
const policy = { ...POLICY, targets: POLICY.targets.filter(({ name }) => name === 'eu') };

function eu(weight: number): TargetReading {
  return { ...reading('eu', weight), units: UNITS };
}

type Unstamped = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

function then(state: RunState, event: Unstamped): RunState {
  return record(state, { ...event, at: state.now + SECOND } as RunEvent);
}

/** A rollback of a target of eight instances, up to its first shift. */
function upToFirstShift(): RunState {
  const census = { eu: eu(0) };
  const blamed = { fromRevision: 'v42', toRevision: 'v41', extent: ['eu'], because: 'v42 is new' };
  let state = openState(request('auto'), START, CURRENT_RULES);
  state = then(state, { kind: 'assessed', policy, assessment: { kind: 'blamed', ...blamed }, census });
  state = then(state, { kind: 'planned', plan: planned(planInput(policy.targets, { census })) });
  state = then(state, { kind: 'checked', results: [], census });
  return then(state, { kind: 'claimed', answer: { kind: 'free', text: '1 of 2' } });
}

function shifted(state: RunState, weight: number): RunState {
  const move = nextMove(state);
  if (move.kind !== 'shift') throw new Error(`the next move is ${move.kind}, not a shift`);
  const order = move.effects[0]!;
  const begun = record(state, { kind: 'began', move, at: state.now });
  return then(begun, { kind: 'shifted', phase: 0, reports: [{ order, outcome: 'done', reading: eu(weight) }] });
}

describe('a target that is moved by the instance', () => {
  it('is said to be in instances before, while and after it moves', () => {
    const before = upToFirstShift();
    expect(statusView(before).next).toBe('eu → 2 of 8 instances (25 %), then watch');
    const after = shifted(before, 25);
    expect(renderStatusBlock(statusView(after), { now: after.now })).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WATCHING phase 1 of 2   critical alert "checkout fails" since 02:13Z
     users on v41   25 %  eu 2 of 8 instances (25 %)
     last change    02:13:25Z eu → 2 of 8 instances (25 %), read back
     next           ~02:13Z eu 8 of 8 instances (100 %) by itself unless v41 gets worse · full relief ~02:13Z
     you can        now · pause · unwind · abort        phased-rollback now prod/checkout"
    `);
    expect(weightsSummary(after)).toBe('eu 2 of 8 instances (25 %)');
    expect(after.journal.map(({ text }) => text)).toContain('eu → 2 of 8 instances (25 %)');
  });

  it('is said to be in instances at the end and in the report', () => {
    const after = then(shifted(upToFirstShift(), 25), {
      kind: 'command',
      command: { id: 'c1', kind: 'abort', by: 'ada', at: 0 },
    });
    const end = endOf(after);
    expect(end.text).toBe('It ends where it stands: eu 2 of 8 instances (25 %) on v41');
    const report = renderReportMarkdown(buildReport(after, end, after.now));
    expect(report).toContain('| 1 | eu 2 of 8 instances (25 %) |');
    expect(report).toContain('| 2 | eu 8 of 8 instances (100 %) |');
  });

  it('is said to be in instances where it serves something else than was planned', () => {
    const gone = then(shifted(upToFirstShift(), 25), {
      kind: 'baked',
      phase: 0,
      observation: {
        readings: {
          eu: { ...eu(25), revisions: [{ revision: 'v43', weight: 75, readyCapacity: 100, readyInstances: 6 }] },
        },
        traffic: [],
        observedMs: SECOND,
      },
    });
    expect(gone.open?.text).toBe('eu serves 6 of 8 instances (75 %) on v43: somebody else is deploying there');
  });
});
