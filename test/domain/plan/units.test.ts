import fc from 'fast-check';
import type { Census, Units } from '../../../src/domain/plan';
import { shareText, wholeShare } from '../../../src/domain/plan';
import { reading, request } from '../rollback/support/fixtures';
import { names, phasePolicy, planInput, planned, policyOf, targets, withTraffic } from './support/plans';

const INSTANCES: Units = { total: 8, name: 'instances' };

function inUnits(units: Readonly<Record<string, Units | undefined>>, capacity = 100): Census {
  return Object.fromEntries(
    Object.entries(units).map(([name, each]) => [name, { ...reading(name, 0, capacity), units: each }]),
  );
}

describe('a share in words', () => {
  test.each([
    { weight: 25, units: undefined, text: '25 %' },
    { weight: 100 / 12, units: undefined, text: '8.3 %' },
    { weight: 25, units: INSTANCES, text: '2 of 8 instances (25 %)' },
    { weight: 25, units: { total: 12, name: 'partitions' }, text: '3 of 12 partitions (25 %)' },
    { weight: 33, units: { total: 3, name: 'partitions' }, text: '1 of 3 partitions (33 %)' },
    { weight: 0, units: INSTANCES, text: '0 of 8 instances (0 %)' },
    { weight: 100, units: INSTANCES, text: '8 of 8 instances (100 %)' },
    { weight: 30, units: { total: 3, name: 'partitions' }, text: '30 % of 3 partitions' },
  ])('says $weight of $units.total as $text', ({ weight, units, text }) => {
    expect(shareText(weight, units)).toBe(text);
  });
});

describe('a share of whole units', () => {
  const anyUnits = fc.integer({ min: 1, max: 10_000 }).map((total) => ({ total, name: 'instances' }));
  const anyShare = fc.double({ min: 0.01, max: 100, noNaN: true });

  it('is a whole number of them, at least one, and no less than was wanted where one more is left', () => {
    fc.assert(
      fc.property(anyShare, anyUnits, (weight, units) => {
        const share = wholeShare(weight, units);
        const moved = (share * units.total) / 100;
        expect(Math.abs(moved - Math.round(moved))).toBeLessThanOrEqual(0.011);
        const most = units.total > 1 && weight < 100 ? units.total - 1 : units.total;
        expect(Math.round(moved)).toBeGreaterThanOrEqual(1);
        expect(Math.round(moved)).toBeLessThanOrEqual(most);
        expect(moved).toBeGreaterThan(Math.min((weight * units.total) / 100, most) - 0.03);
      }),
    );
  });

  it('never falls where what is wanted grows', () => {
    fc.assert(
      fc.property(anyShare, anyShare, anyUnits, (one, other, units) => {
        expect(wholeShare(Math.min(one, other), units)).toBeLessThanOrEqual(wholeShare(Math.max(one, other), units));
      }),
    );
  });
});

describe('a plan over targets that are moved in whole units', () => {
  test.each([
    {
      pace: 'surgical',
      total: 8,
      phases: [
        '1 of 8 instances (12.5 %)',
        '2 of 8 instances (25 %)',
        '4 of 8 instances (50 %)',
        '8 of 8 instances (100 %)',
      ],
    },
    {
      pace: 'surgical',
      total: 3,
      phases: ['1 of 3 instances (33.3 %)', '2 of 3 instances (66.7 %)', '3 of 3 instances (100 %)'],
    },
    { pace: 'balanced', total: 8, phases: ['2 of 8 instances (25 %)', '8 of 8 instances (100 %)'] },
    { pace: 'balanced', total: 1, phases: ['1 of 1 instances (100 %)'] },
  ] as const)('has the steps of pace $pace that $total of them allow', ({ pace, total, phases }) => {
    const census = inUnits({ eu: { total, name: 'instances' } });
    const plan = planned(planInput(targets('eu'), { census, request: { ...request('auto'), pace } }));
    expect(names(plan)).toEqual(phases.map((each) => `eu ${each}`));
  });

  it('says which shares are rounded, and what by, and leaves percent as it is', () => {
    const census = inUnits({ eu: { total: 3, name: 'partitions' }, us: undefined });
    const plan = planned(planInput(targets('eu', 'us'), { census }));
    expect(names(plan)).toEqual([
      'eu 1 of 3 partitions (33.3 %)',
      'eu 3 of 3 partitions (100 %)',
      'us 50 %',
      'us 100 %',
    ]);
    expect(plan.because).toBe('v42 is new; eu (3 partitions) is moved in whole units, so its shares are rounded');
    expect(plan.units).toEqual({ eu: { total: 3, name: 'partitions' } });
    expect(planned(planInput(targets('us'))).units).toBeUndefined();
  });

  it('asks a person before a target that goes all at once while nothing has shown that going back helps', () => {
    const one = { total: 1, name: 'instances' };
    const plan = planned(planInput(targets('eu', 'us'), { census: inUnits({ eu: one, us: one }) }));
    expect(plan.phases.map(({ gate, noControl }) => ({ gate, noControl }))).toEqual([
      { gate: 'automatic', noControl: true },
      { gate: 'approval', noControl: true },
    ]);
    expect(plan.phases[1]?.because).toContain('us would go all at once');
  });

  it('parts a step that would leave one target a control and another none: what shows help goes first', () => {
    const list = targets('eu', 'us');
    const phases = [phasePolicy('half', undefined, 50), phasePolicy('all', undefined, 100)];
    const census = inUnits({ eu: { total: 1, name: 'instances' }, us: undefined });
    const plan = planned(planInput(list, { policy: policyOf(list, { phases }), census }));
    expect(plan.phases.map(({ name, weights, gate, noControl }) => ({ name, weights, gate, noControl }))).toEqual([
      { name: 'half', weights: [{ target: 'us', weight: 50 }], gate: 'automatic', noControl: false },
      {
        name: 'half, what keeps no control',
        weights: [{ target: 'eu', weight: 100 }],
        gate: 'approval',
        noControl: true,
      },
      { name: 'all', weights: [{ target: 'us', weight: 100 }], gate: 'automatic', noControl: true },
    ]);
    expect(plan.phases[1]?.because).toContain(
      'without v42 beside it, eu follows alone and will be judged by what fails there alone',
    );
  });

  it('asks at the next step for the approval of one that the units do not have', () => {
    const written = [
      phasePolicy('a taste', undefined, 5),
      { ...phasePolicy('a bit', undefined, 20), approval: 'required' as const },
      phasePolicy('half', undefined, 50),
    ];
    const list = targets('eu');
    const policy = policyOf(list, { phases: written });
    const plan = planned(planInput(list, { policy, census: inUnits({ eu: { total: 4, name: 'instances' } }) }));
    expect(plan.phases.map(({ name, gate }) => `${name}: ${gate}`)).toEqual(['a taste: automatic', 'half: approval']);
  });

  it('begins a suspect that drowns with the units that there is room for, and no more', () => {
    const census = inUnits({ eu: INSTANCES }, 45);
    const plan = planned(withTraffic(planInput(targets('eu'), { census }), { eu: 50 }, 0.5));
    expect(names(plan)[0]).toBe('eu 3 of 8 instances (37.5 %)');
  });
});
