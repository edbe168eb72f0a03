import { planRollback } from '../../../src/domain/plan';
import { POLICY, censusOf, reading, request } from '../rollback/support/fixtures';
import { names, phasePolicy, planInput, planned, policyOf, refusal, targets, withTraffic } from './support/plans';

const four = targets('eu', 'us', 'ap', 'sa');

describe('the phases of a pace', () => {
  test.each([
    { pace: 'balanced', list: targets('eu'), phases: ['eu 25 %', 'eu 100 %'] },
    { pace: 'balanced', list: targets('eu', 'us'), phases: ['eu 25 %', 'eu 100 %', 'us 50 %', 'us 100 %'] },
    {
      pace: 'balanced',
      list: targets('a', 'b', 'c', 'd', 'e', 'f', 'g'),
      phases: ['a 25 %', 'a 100 %', 'b 50 %', 'b and c 100 %', 'd and e 100 %', 'f and g 100 %'],
    },
    { pace: 'express', list: targets('eu'), phases: ['eu 25 %', 'eu 100 %'] },
    { pace: 'express', list: targets('eu', 'us', 'ap'), phases: ['eu 25 %', 'eu, us, and ap 100 %'] },
    {
      pace: 'surgical',
      list: targets('eu', 'us'),
      phases: ['eu 5 %', 'eu 25 %', 'eu 50 %', 'eu 100 %', 'us 5 %', 'us 25 %', 'us 50 %', 'us 100 %'],
    },
  ] as const)('$pace over $list.length targets is $phases', ({ pace, list, phases }) => {
    expect(names(planned(planInput(list, { request: { ...request('auto'), pace } })))).toEqual(phases);
  });

  test('at once is one phase of everything, without a gate', () => {
    const plan = planned(planInput(four, { atOnce: true, request: request('ask') }));
    expect(names(plan)).toEqual(['eu, us, ap, and sa 100 %']);
    expect(plan.phases[0]).toMatchObject({ gate: 'automatic', noControl: true });
  });

  test('a suspect that fails half of everything is taken back express, from the largest share there is room for', () => {
    const census = { ...censusOf({ eu: 0, us: 0 }), eu: reading('eu', 0, 40) };
    const plan = planned(withTraffic(planInput(targets('eu', 'us'), { census }), { eu: 50, us: 50 }, 0.5));
    expect(plan.pace).toBe('express');
    expect(names(plan)).toEqual(['eu 40 %', 'eu and us 100 %']);
    expect(plan.phases[0]?.because).toMatch(/fails half of everything/);
  });

  test.each([
    { what: 'a handful of requests', perSecond: 5, ratio: 1, asked: undefined, pace: 'balanced' },
    { what: 'a tenth failing', perSecond: 50, ratio: 0.1, asked: undefined, pace: 'balanced' },
    { what: 'a pace that a person chose', perSecond: 50, ratio: 1, asked: 'surgical' as const, pace: 'surgical' },
  ])('$what keeps the pace $pace', ({ perSecond, ratio, asked, pace }) => {
    const input = planInput(targets('eu'), { request: { ...request('auto'), ...(asked ? { pace: asked } : {}) } });
    expect(planned(withTraffic(input, { eu: perSecond }, ratio)).pace).toBe(pace);
  });

  test('a vulnerability is taken back express', () => {
    expect(planned(planInput(four, { request: { ...request('auto'), cause: 'security' } })).pace).toBe('express');
  });

  test('the rest goes in groups of at most a third of the traffic', () => {
    const perSecond = { eu: 300, us: 200, ap: 60, sa: 40 };
    expect(names(planned(withTraffic(planInput(four), perSecond))).slice(2)).toEqual([
      'us 50 %',
      'us 100 %',
      'ap and sa 100 %',
    ]);
  });

  test('a phase has no control where it leaves none of its targets any traffic on the suspect', () => {
    const plan = planned(planInput(targets('eu', 'us')));
    expect(plan.phases.map((phase) => phase.noControl)).toEqual([false, true, false, true]);
  });
});

describe('gates', () => {
  const gates = (change: Parameters<typeof planInput>[1]) =>
    planned(planInput(targets('eu-1', 'eu-2', 'us-1'), change)).phases.filter((phase) => phase.gate === 'approval');

  test.each([
    { mode: 'ask', by: 'alert', asked: 1 },
    { mode: 'observe', by: 'alert', asked: 1 },
    { mode: 'auto', by: 'alert', asked: 0 },
    { mode: 'ask', by: 'person', asked: 0 },
  ] as const)('mode $mode started by $by asks for $asked approvals', ({ mode, by, asked }) => {
    expect(gates({ request: request(mode, by) })).toHaveLength(asked);
  });

  test('the surgical pace asks before each region but the first', () => {
    expect(gates({ request: { ...request('auto'), pace: 'surgical' } }).map((phase) => phase.name)).toEqual([
      'us-1 5 %',
    ]);
  });
});

describe('what the census shows already', () => {
  test('is kept, and proven by a first phase that shifts nothing', () => {
    const plan = planned(planInput(targets('eu', 'us'), { census: censusOf({ eu: 30, us: 0 }) }));
    expect(names(plan)).toEqual(['eu 25 %', 'eu 100 %', 'us 50 %', 'us 100 %']);
    expect(plan.phases[0]?.because).toContain('eu 30 % on v41 already');
  });

  test('is not planned again in the middle of the plan', () => {
    const census = censusOf({ eu: 0, us: 60 });
    expect(names(planned(planInput(targets('eu', 'us'), { census })))).toEqual(['eu 25 %', 'eu 100 %', 'us 100 %']);
  });

  test('is left out of a phase that it shares with others', () => {
    const census = censusOf({ eu: 0, us: 100, ap: 0 });
    const plan = planned(
      planInput(targets('eu', 'us', 'ap'), { request: { ...request('auto'), pace: 'express' }, census }),
    );
    expect(names(plan)).toEqual(['eu 25 %', 'eu and ap 100 %']);
  });

  test('leaves no plan when it is everything', () => {
    const result = planRollback(planInput(targets('eu'), { census: censusOf({ eu: 100 }) }));
    expect(refusal(result)).toMatch(/^ALREADY_THERE: v41 serves already what the plan asks for on eu/);
  });
});

describe('targets outside the extent', () => {
  test('are named with the reason', () => {
    const list = targets('eu', 'us', 'ap', 'sa');
    const census = { ...censusOf({ eu: 0, us: 0 }), ...censusOf({ ap: 100 }) };
    const input = planInput(list, { census });
    const plan = planned({ ...input, assessment: { ...input.assessment, extent: ['eu'] } });
    expect(plan.outside).toEqual([
      { target: 'us', because: 'not asked for' },
      { target: 'ap', because: 'v42 does not serve there' },
      { target: 'sa', because: 'it could not be read what it serves' },
    ]);
  });
});

describe('phases written in the policy', () => {
  const list = targets('eu', 'us');
  const withPhases = (...phases: ReturnType<typeof phasePolicy>[]) => policyOf(list, { phases });

  test('override the pace, and keep their names and approvals', () => {
    const second = { ...phasePolicy('all of it', undefined, 100), approval: 'required' as const };
    const plan = planned(planInput(list, { policy: withPhases(phasePolicy('a taste', 'eu', 10), second) }));
    expect(plan.phases).toMatchObject([
      { name: 'a taste', weights: [{ target: 'eu', weight: 10 }], gate: 'automatic' },
      { name: 'all of it', gate: 'approval' },
    ]);
  });

  test.each([
    {
      phases: [phasePolicy('eu', 'eu', 10), phasePolicy('all eu', 'eu', 100), phasePolicy('us', 'us', 100)],
      asks: ['us'],
    },
    { phases: [phasePolicy('eu', 'eu', 100), phasePolicy('us', 'us', 100)], asks: ['us'] },
    {
      phases: [phasePolicy('a bit', undefined, 10), phasePolicy('us', 'us', 100), phasePolicy('eu', 'eu', 100)],
      asks: [],
    },
    { phases: [phasePolicy('us', 'us', 10), phasePolicy('both', undefined, 100)], asks: ['both'] },
    { phases: [phasePolicy('everything', undefined, 100)], asks: [] },
  ])('ask before a target goes all at once of which no share was proven: $asks', ({ phases, asks }) => {
    const plan = planned(planInput(list, { policy: withPhases(...phases), request: request('auto') }));
    const asked = plan.phases.filter((phase) => phase.gate === 'approval');
    expect(asked.map(({ name }) => name)).toEqual(asks);
    for (const { because } of asked) expect(because).toMatch(/(eu|us) would go all at once, and no share of it before/);
  });

  test('need not ask where this rollback has shown already that going back helps', () => {
    const phases = [phasePolicy('eu', 'eu', 100), phasePolicy('us', 'us', 100)];
    const input = planInput(list, { policy: withPhases(...phases), request: request('auto') });
    const gates = (helped: readonly string[]) => planned({ ...input, helped }).phases.map(({ gate }) => gate);
    expect(gates(['us'])).toEqual(['automatic', 'automatic']);
    expect(gates(['eu'])).toEqual(['automatic', 'approval']);
    expect(gates(['eu', 'ap'])).toEqual(['automatic', 'automatic']);
  });

  test('need not ask where two other targets have shown that going back helps', () => {
    const three = targets('eu', 'us', 'ap');
    const phases = [phasePolicy('eu', 'eu', 10), phasePolicy('us', 'us', 10), phasePolicy('ap', 'ap', 100)];
    const plan = planned(planInput(three, { policy: policyOf(three, { phases }), request: request('auto') }));
    expect(plan.phases.map(({ gate }) => gate)).toEqual(['automatic', 'automatic', 'automatic']);
  });

  test('give way to a pace that was asked for by hand', () => {
    const policy = withPhases(phasePolicy('a taste', 'eu', 10));
    const plan = planned(planInput(list, { policy, request: { ...request(), pace: 'express' } }));
    expect(names(plan)).toEqual(['eu 25 %', 'eu and us 100 %']);
  });

  test('that concern no target of this rollback are left out', () => {
    const policy = withPhases(phasePolicy('us first', 'us', 100), phasePolicy('then eu', 'eu', 100));
    const input = planInput(list, { policy, census: censusOf({ eu: 0, us: 100 }) });
    const plan = planned({ ...input, assessment: { ...input.assessment, extent: ['eu'] } });
    expect(names(plan)).toEqual(['then eu']);
  });

  test('put the targets that none of them selects outside', () => {
    const plan = planned(planInput(list, { policy: withPhases(phasePolicy('only eu', 'eu', 100)) }));
    expect(plan.extent).toEqual(['eu']);
    expect(plan.outside).toEqual([{ target: 'us', because: 'no written phase selects it' }]);
  });

  test('are never merged', () => {
    const policy = withPhases(phasePolicy('1', 'eu', 10), phasePolicy('2', 'eu', 50), phasePolicy('3', 'eu', 100));
    const hurried = { ...policy, timing: { ...policy.timing, reliefWithinMs: 1 } };
    expect(names(planned(planInput(list, { policy: hurried })))).toEqual(['1', '2', '3']);
  });

  test.each([
    {
      wrong: 'eu falls',
      phases: [phasePolicy('a', 'eu', 50), phasePolicy('b', 'eu', 25)],
      says: 'lower eu from 50 to 25 %',
    },
    {
      wrong: 'a value is misspelt',
      phases: [phasePolicy('a', 'eus', 50)],
      says: 'no target has region "eus"; did you mean',
    },
    {
      wrong: 'a label is misspelt',
      phases: [{ ...phasePolicy('a', undefined, 50), select: { regoin: 'eu' } }],
      says: 'no target has a label "regoin"; did you mean "region"?',
    },
    {
      wrong: 'the last raises nothing',
      phases: [phasePolicy('a', 'eu', 50), phasePolicy('b', 'eu', 50)],
      says: 'the last phase "b" raises nothing',
    },
  ])('do not fit when $wrong', ({ phases, says }) => {
    const result = refusal(planRollback(planInput(list, { policy: withPhases(...phases) })));
    expect(result).toContain('PHASES_DO_NOT_FIT');
    expect(result).toContain(says);
  });
});

describe('there is no plan', () => {
  test.each([
    { why: 'from a revision to itself', assessment: { toRevision: 'v42' }, says: 'SAME_REVISION' },
    { why: 'where the suspect serves nowhere', assessment: { extent: [] }, says: 'NOTHING_SERVES: v42 serves on no' },
  ])('$why', ({ assessment, says }) => {
    const input = planInput(four);
    const result = planRollback({ ...input, assessment: { ...input.assessment, ...assessment } });
    expect(refusal(result)).toContain(says);
  });

  test('for an extent that no target has, and the nearest label is named', () => {
    const input = planInput(four, { request: { ...request(), extent: { region: 'uss' } } });
    const result = planRollback({ ...input, assessment: { ...input.assessment, extent: [] } });
    expect(refusal(result)).toContain('no target has region "uss"; did you mean "us"?');
  });
});

describe('time to relief', () => {
  // A phase is expected to take 5 s to shift, 2 s to settle and 6 intervals of 1 s.
  const phaseMs = 13_000;
  const hurried = (phases: number) => ({ ...POLICY.timing, reliefWithinMs: phases * phaseMs });

  test('is the sum of what its phases are expected to take', () => {
    expect(planned(planInput(targets('eu', 'us'))).expectedReliefMs).toBe(4 * phaseMs);
  });

  test.each([
    { within: 4, phases: ['eu 25 %', 'eu 100 %', 'us 50 %', 'us 100 %'] },
    { within: 3, phases: ['eu 25 %', 'eu 100 %', 'us 100 %'] },
    { within: 2, phases: ['eu 25 %', 'eu and us 100 %'] },
    { within: 1, phases: ['eu 25 %', 'eu and us 100 %'] },
  ])('of $within phases merges balanced to $phases', ({ within, phases }) => {
    const list = targets('eu', 'us');
    const plan = planned(planInput(list, { policy: policyOf(list, { timing: hurried(within) }) }));
    expect(names(plan)).toEqual(phases);
    expect(plan.because.includes('merged')).toBe(phases.length < 4);
  });

  test('never puts targets of the surgical pace side by side, nor leaves out a region gate', () => {
    const list = targets('eu', 'us');
    const policy = policyOf(list, { timing: hurried(1) });
    const plan = planned(planInput(list, { policy, request: { ...request('auto'), pace: 'surgical' } }));
    expect(names(plan)).toEqual(['eu 5 %', 'eu 100 %', 'us 5 %', 'us 100 %']);
  });
});

describe('planning anew what is left', () => {
  test('goes on from the present census at the new pace, and keeps what has moved', () => {
    const list = targets('eu', 'us', 'ap');
    const policy = policyOf(list);
    const before = planned(planInput(list, { policy, request: { ...request('auto'), pace: 'surgical' } }));
    expect(names(before)).toContain('eu 50 %');
    const census = censusOf({ eu: 50, us: 0, ap: 0 });
    const again = planned(planInput(list, { policy, census, request: { ...request('auto'), pace: 'express' } }));
    expect(names(again)).toEqual(['eu 25 %', 'eu, us, and ap 100 %']);
    expect(again).toMatchObject({ pace: 'express', extent: ['eu', 'us', 'ap'] });
  });
});
