import { openState, record, statusView } from '../../../src/domain/rollback';
import type { RunEvent, RunState } from '../../../src/domain/rollback';
import { objection } from '../../../src/domain/plan/objection';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import { censusOf, plan, POLICY, reading, request, START } from './support/fixtures';

const ORDER = { target: 'eu', number: 1, desired: 25, expected: 0 };

function planned(capacity = 100): RunState {
  const census = censusOf({ eu: 0, us: 0 }, capacity);
  const blamed = { fromRevision: 'v42', toRevision: 'v41', extent: ['eu', 'us'], because: 'v42 is new' };
  const events: RunEvent[] = [
    { kind: 'assessed', policy: POLICY, assessment: { kind: 'blamed', ...blamed }, census, at: START },
    { kind: 'planned', plan: plan('automatic'), at: START },
    { kind: 'checked', results: [], census, at: START },
  ];
  return events.reduce(record, openState(request('auto'), START, CURRENT_RULES));
}

describe("a target's no", () => {
  it('is shown with its code, and says what leads out of it', () => {
    const why = objection('OTHER_WISH', 'number 1 came before with another wish');
    const report = { order: ORDER, outcome: 'conflict', ...why, reading: reading('eu', 0) } as const;
    const state = record(planned(), { kind: 'shifted', phase: 0, reports: [report], at: START });
    const text = 'eu: number 1 came before with another wish; retry asks for it under a new number';
    expect(statusView(state).wait).toMatchObject({ reason: 'CONFLICT', code: 'OTHER_WISH', text });
    expect(state.journal).toContainEqual(expect.objectContaining({ kind: 'fault', text, reason: 'OTHER_WISH' }));
  });

  it('to a wish for capacity is shown with its code', () => {
    const detail = 'no server of v41 is up: start them';
    const report = { order: ORDER, outcome: 'refused', code: 'NO_CAPACITY', detail } as const;
    const at = START;
    const state = record(planned(0), { kind: 'prepared', phase: 0, reports: [report], background: false, at });
    const { wait } = statusView(state);
    expect(wait).toMatchObject({ reason: 'REFUSED', code: 'NO_CAPACITY', text: expect.stringContaining(detail) });
  });

  it('to being put back is kept with what is left there', () => {
    const why = objection('CHANGED_BY_OTHERS', 'serves 7 %');
    const report = { order: ORDER, outcome: 'conflict', ...why, reading: reading('eu', 7) } as const;
    const state = record(planned(), { kind: 'unwound', report, at: START });
    const entry = { kind: 'unwound', reason: 'CHANGED_BY_OTHERS', text: expect.stringContaining('serves 7 %') };
    expect(state.journal).toContainEqual(expect.objectContaining(entry));
  });

  it('from before there were codes is what it was', () => {
    const report = { order: ORDER, outcome: 'conflict', detail: 'someone else', reading: reading('eu', 0) } as const;
    const state = record(planned(), { kind: 'shifted', phase: 0, reports: [report], at: START });
    expect(state.open).toMatchObject({ reason: 'CONFLICT', text: 'eu: someone else' });
    expect(state.open).not.toHaveProperty('code');
  });
});
