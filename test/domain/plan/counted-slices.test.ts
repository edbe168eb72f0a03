import { countedSlices, valuesOfPlaces } from '../../../src/domain/plan';

const ERRORS = { kind: 'errors' } as const;

function histogram(requests: number, upTo: Readonly<Record<string, number>>) {
  return {
    requests,
    bad: 0,
    buckets: Object.entries(upTo).map(([bound, count]) => ({ bound: Number(bound), count })),
  };
}

describe('counts as a source of metrics tells them', () => {
  it('are compared as they are where they are requests and bad ones', () => {
    const current = [
      { requests: 10, bad: 1 },
      { requests: 20, bad: 0 },
    ];
    const stable = [
      { requests: 5, bad: 1 },
      { requests: 5, bad: 0 },
    ];
    expect(countedSlices([{ value: 'eu', current, stable }], ERRORS)).toEqual({
      of: 'failures',
      slices: [{ value: 'eu', current, stable: { requests: 10, bad: 1 } }],
    });
  });

  it("are those beyond the bound nearest above the suspect's p90, where a histogram has no bound of its own", () => {
    const fast = histogram(100, { '0.1': 90, '0.5': 99, '1': 100 });
    const slow = histogram(100, { '0.1': 60, '0.5': 81, '1': 95 });
    const nothing = { requests: 0, bad: 0 };
    const counted = countedSlices(
      [
        { value: '/', current: [fast, nothing], stable: [] },
        { value: '/pay', current: [nothing, slow], stable: [fast] },
      ],
      { kind: 'latency', measures: 'buckets' },
    );
    expect(counted).toEqual({
      of: 'requests slower than 0.5 s',
      slices: [
        { value: '/', current: [{ requests: 100, bad: 1 }, nothing], stable: nothing },
        { value: '/pay', current: [nothing, { requests: 100, bad: 19 }], stable: { requests: 100, bad: 1 } },
      ],
    });
  });

  it('say nothing of what is slow while there are hardly any', () => {
    const few = { value: '/', current: [histogram(5, { '0.1': 5 })], stable: [] };
    expect(countedSlices([few], { kind: 'latency', measures: 'buckets' })).toBeUndefined();
  });
});

describe('values by place', () => {
  const interval = (requests: number, bad: number) => ({ requests, bad });

  it('add up the places that have the same value, interval by interval', () => {
    const values = valuesOfPlaces([
      { value: 'eu', current: [interval(10, 1), interval(10, 0)], stable: [] },
      { value: 'us', current: [interval(7, 0), interval(8, 0)], stable: [] },
      { value: 'eu', current: [interval(5, 0), interval(5, 2)], stable: [interval(3, 0)] },
    ]);
    expect(values).toEqual([
      { value: 'eu', current: [interval(15, 1), interval(15, 2)], stable: [interval(3, 0)] },
      { value: 'us', current: [interval(7, 0), interval(8, 0)], stable: [] },
    ]);
  });

  it.each([
    { what: 'one place has a gap', us: [interval(7, 3)] },
    {
      what: 'places are measured at other times',
      us: [
        { ...interval(3, 1), at: 5 },
        { ...interval(4, 2), at: 15 },
      ],
    },
  ])('are of one interval where $what, so that nothing is compared with another time', ({ us }) => {
    const eu = [
      { ...interval(10, 1), at: 0 },
      { ...interval(10, 0), at: 10 },
    ];
    const values = valuesOfPlaces([
      { value: 'eu', current: eu, stable: [] },
      { value: 'us', current: us, stable: [] },
    ]);
    expect(values.map(({ current }) => current)).toEqual([[interval(20, 1)], [interval(7, 3)]]);
  });
});
