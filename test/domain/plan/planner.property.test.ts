import fc from 'fast-check';
import type { PlanInput, RollbackPlan } from '../../../src/domain/plan';
import { planRollback, weightOf } from '../../../src/domain/plan';
import type { TargetReading } from '../../../src/domain/plan';
import { START, reading, request } from '../rollback/support/fixtures';
import { phasePolicy, planInput, planned, policyOf, targets, withTraffic } from './support/plans';

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

/** Plans by written phases over targets of which some are moved in whole units, and some serve a part already. */
const written: fc.Arbitrary<PlanInput> = fc
  .record({
    units: fc.array(fc.option(fc.integer({ min: 1, max: 4 })), { minLength: 2, maxLength: 6 }),
    served: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 6, maxLength: 6 }),
    steps: fc.array(
      fc.record({ region: fc.constantFrom('eu', 'us', undefined), weight: fc.integer({ min: 1, max: 100 }) }),
      { minLength: 1, maxLength: 6 },
    ),
    moved: fc.boolean(),
  })
  .map(({ units, served, steps, moved }) => {
    const list = targets(...units.map((_, index) => `${index % 2 === 0 ? 'eu' : 'us'}-${index}`));
    const phases = steps
      .toSorted((one, other) => one.weight - other.weight)
      .map(({ region, weight }, index) => phasePolicy(`step ${index}`, region, weight));
    const census = list.map(({ name }, index): [string, TargetReading] => {
      const total = units[index] ?? undefined;
      const serves = { ...reading(name, moved ? (served[index] ?? 0) : 0, 100, START) };
      return [name, total === undefined ? serves : { ...serves, units: { total, name: 'instances' } }];
    });
    return planInput(list, {
      policy: policyOf(list, { phases }),
      census: Object.fromEntries(census),
      touched: moved ? list.map(({ name }) => name) : [],
    });
  })
  .filter((input) => planRollback(input).kind === 'plan');

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

  test.each([
    ['a pace', inputs],
    ['written phases', written],
  ])('by %s has no phase that leaves one target a control and another none', (_by, any) => {
    fc.assert(
      fc.property(any, (input) => {
        for (const { weights, noControl } of planned(input).phases) {
          expect(new Set(weights.map(({ weight }) => weight >= 100)).size).toBe(1);
          expect(noControl).toBe(weights.every(({ weight }) => weight >= 100));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('by written phases only ever widens, and ends where they say or beyond', () => {
    fc.assert(
      fc.property(written, (input) => {
        const plan = planned(input);
        for (const target of plan.extent) {
          const weights = path(plan, target);
          expect(weights).toEqual([...new Set(weights)].toSorted((a, b) => a - b));
          const region = target.split('-')[0];
          const asked = input.policy.phases.filter(({ select }) => (select['region'] ?? region) === region);
          expect(Math.max(...weights, weightOf(input.census[target], 'v41'))).toBeGreaterThanOrEqual(
            Math.max(...asked.map(({ weight }) => (input.census[target]?.units ? 0 : weight))),
          );
        }
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
