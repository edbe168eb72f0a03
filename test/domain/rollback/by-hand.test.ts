import { openState } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { planByHand, stepsByHand } from '../../../src/domain/rollback/by-hand';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import { censusOf, plan, POLICY, request, START } from './support/fixtures';

const SCRIPTS = { eu: { none: 'not asked' }, us: { none: 'not asked' } };

function state(change: Partial<RunState> = {}): RunState {
  const phases = plan().phases.map(() => ({ prepared: false, applied: [] }));
  const moved = { census: censusOf({ eu: 25, us: 0 }), origin: censusOf({ eu: 0, us: 0 }), touched: ['eu'] };
  const open = openState(request(), START, CURRENT_RULES);
  return { ...open, policy: POLICY, plan: plan(), phases, scripts: SCRIPTS, ...moved, ...change };
}

const names = (of: RunState): readonly string[] | undefined => stepsByHand(of)?.steps.map(({ name }) => name);

describe('what is left to do by hand', () => {
  it('is every phase of a plan of which nothing is done', () => {
    expect(planByHand(plan(), SCRIPTS).steps.map(({ weights }) => weights)).toEqual(
      plan().phases.map(({ weights }) => weights),
    );
  });

  it('leaves out the phases that are served already, so that nobody is moved back', () => {
    expect(names(state())).toEqual(['phase 2 of 4: eu 100 %', 'phase 3 of 4: us 50 %', 'phase 4 of 4: us 100 %']);
  });

  it('leaves out targets that a person left out', () => {
    expect(names(state({ skipped: ['us'] }))).toEqual(['phase 2 of 4: eu 100 %']);
  });

  it('is everything at once where a person asked for that', () => {
    const steps = stepsByHand(state({ course: 'now' }))?.steps;
    expect(steps?.map(({ weights }) => weights)).toEqual([
      [
        { target: 'eu', weight: 100 },
        { target: 'us', weight: 100 },
      ],
    ]);
  });

  it('puts back what was moved, the last first, while it is unwound', () => {
    const moved = { census: censusOf({ eu: 100, us: 50 }), touched: ['eu', 'us'], course: 'unwind' as const };
    expect(names(state(moved))).toEqual(['us back onto v42', 'eu back onto v42']);
    expect(names(state({ ...moved, unwound: ['us'] }))).toEqual(['eu back onto v42']);
  });

  it.each([
    ['everything is served', { census: censusOf({ eu: 100, us: 100 }) }],
    ['nobody told how', { scripts: undefined }],
    ['it was dismissed', { end: { kind: 'dismissed' as const, reason: 'X', text: 'x' } }],
  ])('is nothing where %s', (_, change) => {
    expect(stepsByHand(state(change))).toBeUndefined();
  });
});
