import { planRollback } from '../../../src/domain/plan';
import { countedAt } from '../../../src/domain/policy/policy';
import { censusOf, POLICY, reading, request } from '../rollback/support/fixtures';
import { names, phasePolicy, planInput, planned, policyOf, refusal, targets, withTraffic } from './support/plans';

const [eu, us] = targets('eu', 'us');
const [pods] = targets('pods').map((target) => ({ ...target, behind: 'eu' }));
if (!eu || !us || !pods) throw new Error('three targets are three');
const list = [eu, us, pods];

/** Of `pods`, which is one Deployment. */
const whole = { ...reading('pods', 0), units: { total: 1, name: 'Deployment' } };

describe('a target that stands behind another', () => {
  test.each([
    { pace: 'balanced', phases: ['eu 25 %', 'eu 100 %', 'us 50 %', 'us 100 %', 'pods 100 %'] },
    { pace: 'express', phases: ['eu 25 %', 'eu and us 100 %', 'pods 100 %'] },
  ] as const)('goes back last at the pace $pace, in a phase of its own', ({ pace, phases }) => {
    expect(names(planned(planInput(list, { request: { ...request('auto'), pace } })))).toEqual(phases);
  });

  test('keeps its phase where those before it are merged to be done in time', () => {
    const policy = policyOf(list, { timing: { ...POLICY.timing, reliefWithinMs: 0 } });
    expect(names(planned(planInput(list, { policy })))).toEqual(['eu 25 %', 'eu and us 100 %', 'pods 100 %']);
  });

  test('goes back by itself once what it stands behind proves that this was right', () => {
    const plan = planned(planInput([eu, pods], { census: { ...censusOf({ eu: 0 }), pods: whole } }));
    expect(plan.phases.map(({ name, gate }) => [name, gate])).toEqual([
      ['eu 25 %', 'automatic'],
      ['eu 100 %', 'automatic'],
      ['pods 1 of 1 Deployment (100 %)', 'automatic'],
    ]);
    expect(plan.phases[2]?.because).toBe('what stands behind eu goes back last');
  });

  test('is what is left where the other one is back already, after a proof of that', () => {
    const plan = planned(planInput([eu, pods], { census: { eu: reading('eu', 100), pods: whole } }));
    expect(plan.phases.map(({ weights }) => weights)).toEqual([
      [{ target: 'eu', weight: 100 }],
      [{ target: 'pods', weight: 100 }],
    ]);
  });

  test('stays out where the other one is neither part of it nor back, and where that cannot be read', () => {
    const here = { ...planInput([eu, us, pods]).assessment, extent: ['us', 'pods'] };
    const both = { ...censusOf({ us: 0 }), pods: whole };
    for (const census of [both, { ...both, eu: reading('eu', 40) }]) {
      const plan = planned(planInput([eu, us, pods], { assessment: here, census }));
      expect(plan.extent).toEqual(['us']);
      expect(plan.outside).toContainEqual({
        target: 'pods',
        because: 'it stands behind eu, which is not taken back here',
      });
    }
    const back = planned(planInput([eu, us, pods], { assessment: here, census: { ...both, eu: reading('eu', 100) } }));
    expect(back.extent).toEqual(['us', 'pods']);
  });

  test('is refused alone, with what to ask for, but for now', () => {
    const alone = { ...planInput([eu, pods]).assessment, extent: ['pods'] };
    const input = planInput([eu, pods], { assessment: alone, census: { pods: whole } });
    expect(planRollback(input)).toMatchObject({
      code: 'NOTHING_SERVES',
      detail: expect.stringMatching(/pods stands behind eu, .* ask for both, or take eu back first/),
    });
    expect(names(planned({ ...input, atOnce: true }))).toEqual(['pods 1 of 1 Deployment (100 %)']);
  });

  test('has no part of the traffic that decides what goes together', () => {
    const plan = planned(withTraffic(planInput(list), { eu: 50, us: 50 }));
    expect(names(plan)).toEqual(['eu 25 %', 'eu 100 %', 'us 50 %', 'us 100 %', 'pods 100 %']);
  });

  test('goes at once with all others where everything is to', () => {
    expect(names(planned(planInput(list, { atOnce: true })))).toEqual(['eu, us, and pods 100 %']);
  });

  test('may be written into phases once the other one has everything, and asks nobody then', () => {
    const written = [phasePolicy('a bit', 'eu', 10), phasePolicy('all', 'eu', 100), phasePolicy('pods', 'pods', 100)];
    const plan = planned(planInput([eu, pods], { policy: policyOf([eu, pods], { phases: written }) }));
    expect(plan.phases.map(({ name, gate }) => [name, gate])).toEqual([
      ['a bit', 'automatic'],
      ['all', 'automatic'],
      ['pods', 'automatic'],
    ]);
  });

  test.each([
    ['before it', [phasePolicy('early', 'pods', 100), phasePolicy('all', 'eu', 100)]],
    ['with it', [phasePolicy('early', undefined, 100)]],
  ])('is refused in a written phase %s', (_when, phases) => {
    const policy = policyOf([eu, pods], { phases });
    expect(refusal(planRollback(planInput([eu, pods], { policy })))).toContain(
      'PHASES_DO_NOT_FIT: phase "early" would take pods back, which stands behind eu: take eu to 100 % in a phase before it',
    );
  });

  test('is counted where its traffic comes through, once', () => {
    expect(countedAt({ targets: list }, ['eu', 'us', 'pods'])).toEqual(['eu', 'us']);
    expect(countedAt({ targets: list }, ['pods'])).toEqual(['eu']);
  });
});
