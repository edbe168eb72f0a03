import type { PlanInput, RollbackPlan, Slice, Split } from '../../../src/domain/plan';
import { request } from '../rollback/support/fixtures';
import { names, phasePolicy, planInput, planned, policyOf, targets } from './support/plans';

const LIST = targets('eu', 'us', 'ap');

function slice(value: string, standing: Slice['standing'], keepsObjective = false): Slice {
  const bad = standing === 'worse' ? 400 : 10;
  const counts = { current: { requests: 10_000, bad }, stable: { requests: 0, bad: 0 } };
  return { value, ...counts, standing, ...(keepsObjective ? { keepsObjective } : {}) };
}

function split(slices: readonly Slice[], change: object = {}): Split {
  const finding = slices.some(({ standing }) => standing === 'worse') ? 'worse' : 'better';
  const all = { requests: 30_000, bad: slices.reduce((sum, { current }) => sum + current.bad, 0) };
  const values = slices.length;
  return { kind: 'split', label: 'region', of: 'failures', finding, slices, values, compared: values, all, ...change };
}

function planWith(splits: readonly Split[], change: Partial<PlanInput> = {}): RollbackPlan {
  const input = planInput(LIST, change);
  return planned({ ...input, assessment: { ...input.assessment, splits } });
}

const US_FAILS = split([slice('us', 'worse'), slice('eu', 'better', true), slice('ap', 'better', true)]);

describe('a plan by where the failures are', () => {
  it('begins there, says why with the counts, and still takes back everything', () => {
    const plan = planWith([US_FAILS]);
    expect(names(plan).slice(0, 3)).toEqual(['us 25 %', 'us 100 %', 'eu 50 %']);
    expect([...plan.extent].toSorted()).toEqual(['ap', 'eu', 'us']);
    expect(plan.because).toBe(
      'v42 is new; 95 % of the failures are in region us (4.0 % of 10,000 requests) against 0.10 % of 20,000 requests elsewhere, counted since its processes began; us goes first, because the failures are there',
    );
  });

  it('begins where it is not proven to be better, where it fails nearly everywhere', () => {
    const plan = planWith([split([slice('us', 'unproven'), slice('ap', 'unproven'), slice('eu', 'better')])]);
    expect(names(plan).slice(0, 2)).toEqual(['us 25 %', 'us 100 %']);
    expect(plan.because).toContain('us and ap go first');
  });

  it.each([
    {
      what: 'nothing is proven',
      splits: [split([slice('eu', 'unproven'), slice('us', 'unproven')], { finding: 'alike' })],
    },
    { what: 'a label that no target has tells them apart', splits: [{ ...US_FAILS, label: 'route' } as Split] },
    { what: 'no split could be made', splits: [{ kind: 'unsplit' as const, label: 'region', because: 'no answer' }] },
  ])('keeps the order of the policy where $what, and says what was seen', ({ splits }) => {
    const plan = planWith(splits);
    expect(names(plan)[0]).toBe('eu 25 %');
    expect(plan.because).toMatch(/region|route/);
    expect(plan.because).not.toContain('first');
  });

  it('leaves the order of written phases, and everything at once, as they are', () => {
    const policy = policyOf(LIST, { phases: [phasePolicy('eu', 'eu', 50), phasePolicy('all', undefined, 100)] });
    expect(names(planWith([US_FAILS], { policy }))).toEqual(['eu', 'all']);
    expect(planWith([US_FAILS], { atOnce: true }).because).not.toContain('first');
  });
});

describe('a smaller extent', () => {
  it('is proposed where all else is proven to keep the objective, and is not taken up by itself', () => {
    const plan = planWith([US_FAILS], { request: request('ask') });
    expect(plan.narrower).toEqual({
      select: { region: 'us' },
      leaves: ['eu', 'ap'],
      because: 'eu (0.10 % of 10,000 requests) and ap (0.10 % of 10,000 requests) keep the objective',
    });
    expect(plan.outside).toEqual([]);
  });

  it('is what is planned once it is asked for, and names what stays on the suspect', () => {
    const plan = planWith([US_FAILS], { request: { ...request('auto'), extent: { region: 'us' } } });
    expect(names(plan)).toEqual(['us 25 %', 'us 100 %']);
    expect(plan.extent).toEqual(['us']);
    expect(plan.outside.map(({ target, because }) => `${target}: ${because}`)).toEqual([
      'eu: not asked for',
      'ap: not asked for',
    ]);
    expect(plan.narrower).toBeUndefined();
  });

  it.each([
    {
      what: 'one place is not proven healthy',
      splits: [split([slice('us', 'worse'), slice('eu', 'better', true), slice('ap', 'better')])],
    },
    { what: 'one place was not seen', splits: [split([slice('us', 'worse'), slice('eu', 'better', true)])] },
    {
      what: 'two places fail, which no single label value selects',
      splits: [split([slice('us', 'worse'), slice('eu', 'worse'), slice('ap', 'better', true)])],
    },
    { what: 'what fails is no place that can be selected', splits: [{ ...US_FAILS, label: 'route' } as Split] },
  ])('is not proposed where $what', ({ splits }) => {
    expect(planWith(splits).narrower).toBeUndefined();
  });
});
