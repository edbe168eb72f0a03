import fc from 'fast-check';
import type { PlanInput, RollbackPlan } from '../../../src/domain/plan';
import { weightOf } from '../../../src/domain/plan';
import { START, reading, request } from '../rollback/support/fixtures';
import { planInput, planned, policyOf, targets, withTraffic } from './support/plans';

const inputs: fc.Arbitrary<PlanInput> = fc
  .record({
    regions: fc.array(fc.constantFrom('eu', 'us', 'ap'), { minLength: 1, maxLength: 12 }),
    served: fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 12, maxLength: 12 }),
    moved: fc.boolean(),
    pace: fc.constantFrom('surgical' as const, 'balanced' as const, 'express' as const),
    atOnce: fc.boolean(),
    perSecond: fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 12, maxLength: 12 }),
    failing: fc.double({ min: 0, max: 1, noNaN: true }),
    mode: fc.constantFrom('ask' as const, 'auto' as const),
    by: fc.constantFrom('alert' as const, 'person' as const),
    reliefWithinMs: fc.integer({ min: 0, max: 500_000 }),
  })
  .map(({ regions, served, moved, pace, atOnce, perSecond, failing, mode, by, reliefWithinMs }) => {
    const list = targets(...regions.map((region, index) => `${region}-${index}`));
    const policy = policyOf(list);
    const input = planInput(list, {
      policy: { ...policy, timing: { ...policy.timing, reliefWithinMs } },
      request: { ...request(mode, by), pace },
      census: Object.fromEntries(
        list.map((target, index) => [target.name, reading(target.name, moved ? (served[index] ?? 0) : 0, 100, START)]),
      ),
      atOnce,
    });
    const traffic = Object.fromEntries(list.map((target, index) => [target.name, perSecond[index] ?? 0]));
    return withTraffic(input, traffic, failing);
  });

/** What a target must show after each phase that names it. */
function path(plan: RollbackPlan, target: string): readonly number[] {
  return plan.phases.flatMap((phase) => phase.weights.filter((w) => w.target === target).map((w) => w.weight));
}

describe('every plan', () => {
  test('only ever widens, and ends with everything back', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plan = planned(input);
        for (const target of plan.extent) {
          const weights = path(plan, target);
          expect(weights.at(-1)).toBe(100);
          expect(weights).toEqual([...new Set(weights)].toSorted((a, b) => a - b));
        }
      }),
    );
  });

  test('asks for no weight that is there already, but in a first phase that proves it', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        for (const phase of planned(input).phases.slice(1)) {
          for (const { target, weight } of phase.weights)
            expect(weight).toBeGreaterThan(weightOf(input.census[target], 'v41'));
        }
      }),
    );
  });

  test('names every target of the service once, inside or outside', () => {
    fc.assert(
      fc.property(inputs, fc.nat(), (input, seed) => {
        const extent = input.assessment.extent.filter((_, index) => (seed >> index) % 2 === 0);
        fc.pre(extent.length > 0);
        const plan = planned({ ...input, assessment: { ...input.assessment, extent } });
        const named = [...plan.extent, ...plan.outside.map((entry) => entry.target)];
        expect(named.toSorted()).toEqual(input.policy.targets.map((target) => target.name).toSorted());
      }),
    );
  });

  test('begins with a part of one target unless everything was asked for at once', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const [first] = planned(input).phases;
        const fresh = Object.values(input.census).every((entry) => weightOf(entry, 'v41') === 0);
        fc.pre(fresh && !input.atOnce);
        expect(first?.weights).toHaveLength(1);
        expect(first?.weights[0]?.weight).toBeLessThanOrEqual(50);
      }),
    );
  });

  test('moves nothing by itself in mode ask', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plan = planned({ ...input, request: request('ask', 'alert'), atOnce: false });
        expect(plan.phases[0]?.gate).toBe('approval');
      }),
    );
  });

  test('numbers its phases and says why each is there', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        planned(input).phases.forEach((phase, index) => {
          expect(phase.index).toBe(index);
          expect(phase.because).not.toBe('');
          expect(phase.noControl).toBe(phase.weights.every((w) => w.weight === 100));
        });
      }),
    );
  });
});
