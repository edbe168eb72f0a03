import { mayContinue, nextMove, openState, record } from '../../../src/domain/rollback';
import type { RunEvent, RunState } from '../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import { censusOf, plan, POLICY, request, START } from './support/fixtures';

function then(state: RunState, event: Omit<Extract<RunEvent, { kind: RunEvent['kind'] }>, 'at'>): RunState {
  return record(state, { ...event, at: START + 1 } as RunEvent);
}

function replanned(state: RunState, extent: Readonly<Record<string, string>>): RunState {
  const command = { id: 'c1', kind: 'replan' as const, by: 'ada', at: START, extent };
  return then(state, { kind: 'command', command } as never);
}

const blamed = {
  kind: 'blamed' as const,
  fromRevision: 'v42',
  toRevision: 'v41',
  extent: ['eu', 'us'],
  because: 'v42 is new',
};
const opened = openState(request('ask'), START, CURRENT_RULES);
const assessed = then(opened, {
  kind: 'assessed',
  policy: POLICY,
  assessment: blamed,
  census: censusOf({ eu: 0, us: 0 }),
} as never);
const PLANNED = then(assessed, { kind: 'planned', plan: plan() } as never);

describe('planning anew with a smaller extent', () => {
  it('is asked of the planner, keeps the pace, and is told with who said it', () => {
    const state = replanned({ ...PLANNED, request: { ...PLANNED.request, pace: 'express' } }, { region: 'eu' });
    expect(state.outcomes).toMatchObject([{ result: 'applied', text: 'ada plans what is left anew: only region=eu' }]);
    expect(state.request).toMatchObject({ extent: { region: 'eu' }, pace: 'express' });
    expect(state.plan).toBeUndefined();
  });

  it.each([
    { rules: 3, goesOn: true, what: 'goes on' },
    { rules: CURRENT_RULES, goesOn: false, what: 'is dropped for the one that is asked for' },
  ])('under rules $rules a plan that was being renewed $what', ({ rules, goesOn }) => {
    const old = { ...PLANNED, rules, checks: [], checkedAt: START, planIsOld: true };
    const renewing = then(old, { kind: 'began', move: nextMove(old) } as never);
    expect([renewing.inFlight?.move.kind, mayContinue(renewing)]).toEqual(['plan', true]);
    const again = replanned(renewing, { region: 'eu' });
    expect(mayContinue(again)).toBe(goesOn);
    const dropped = then(again, { kind: 'interrupted', move: 'plan' } as never);
    const anew = then(dropped, { kind: 'began', move: nextMove(dropped) } as never);
    expect([anew.inFlight?.move.kind, mayContinue(anew), anew.request.extent]).toEqual([
      'plan',
      true,
      { region: 'eu' },
    ]);
  });

  it('may become all that was assessed again', () => {
    const state = replanned(PLANNED, {});
    expect(state.outcomes).toMatchObject([{ result: 'applied', text: 'ada plans what is left anew: everything' }]);
  });

  it.each([
    { rules: 1, move: 'claim', what: 'goes on' },
    { rules: 2, move: 'check', what: 'checks what no check was about' },
  ])('$what under rules $rules when it is widened', ({ rules, move }) => {
    const request = { ...opened.request, mode: 'auto' as const };
    const checks = [{ check: 'dry run', target: 'us', status: 'pass' as const, evidence: 'it can', overridable: true }];
    const narrow = { ...PLANNED, rules, request, plan: { ...plan(), extent: ['us'] }, checks, checkedAt: START };
    const wide = { ...plan(), phases: plan().phases.map((phase) => ({ ...phase, gate: 'automatic' as const })) };
    const widened = then(replanned(narrow, {}), { kind: 'planned', plan: wide } as never);
    expect(nextMove(widened).kind).toBe(move);
    const same = then(replanned(narrow, { region: 'us' }), {
      kind: 'planned',
      plan: { ...wide, extent: ['us'] },
    } as never);
    expect(nextMove(same).kind).toBe('claim');
  });

  it.each([
    ['that has no target', {}, { region: 'ap' }, 'EXTENT_EMPTY', 'none of eu, us has these labels'],
    [
      'that leaves behind what was moved',
      { touched: ['us'] },
      { region: 'eu' },
      'EXTENT_LEAVES_MOVED',
      'us has been moved already',
    ],
  ])('is refused %s', (_name, change, extent, code, says) => {
    const [outcome] = replanned({ ...PLANNED, ...change }, extent).outcomes;
    expect(outcome).toMatchObject({ result: 'refused', code, text: expect.stringContaining(says) as string });
  });
});
