import { names, planInput, planned, targets, withTraffic } from './support/plans';

const four = targets('eu', 'us', 'ap', 'sa');

describe('the first share', () => {
  it.each([
    { perSecond: 10_000, first: 'eu 10 %' },
    { perSecond: 101, first: 'eu 10 %' },
    { perSecond: 100.5, first: 'eu 10 %' },
    { perSecond: 100, first: 'eu 25 %' },
    { perSecond: 60, first: 'eu 25 %' },
    { perSecond: 10, first: 'eu 25 %' },
    { perSecond: 9.5, first: 'eu 50 %' },
    { perSecond: 4, first: 'eu 50 %' },
    { perSecond: 0.1, first: 'eu 50 %' },
    { perSecond: 0, first: 'eu 25 %' },
  ])('at $perSecond requests a second is $first', ({ perSecond, first }) => {
    expect(names(planned(withTraffic(planInput(four), { eu: perSecond })))[0]).toBe(first);
  });

  it('follows the traffic of the first target alone, over whatever time it was looked at', () => {
    const input = planInput(targets('eu', 'us'));
    const traffic = {
      windowMs: 30_000,
      targets: [
        { target: 'eu', requests: 270, bad: 0 },
        { target: 'us', requests: 900_000, bad: 0 },
      ],
    };
    expect(names(planned({ ...input, assessment: { ...input.assessment, traffic } }))[0]).toBe('eu 50 %');
  });
});
