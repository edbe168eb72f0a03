import { valuesIn } from '../../../src/adapters/metric-providers/bucket-slices';
import type { ValueBucket } from '../../../src/adapters/metric-providers/bucket-slices';
import { NOON, QUERY } from './support/bucket-suite';

const STEP = 30_000;
const SPAN = { from: NOON, to: NOON + 3 * STEP, bucketMs: STEP };

/** What was counted in a bucket of the window, 0 being its first and -1 the one before it. */
function bucket(index: number, requests: number, bad: number, value = '/pay', revision = 'v42'): ValueBucket {
  const from = NOON + index * STEP;
  return { from, to: from + STEP, requests, bad, value, revision };
}

const told = (...buckets: readonly ValueBucket[]) => valuesIn(buckets, QUERY, 'route', SPAN);

describe('the values of a label in buckets', () => {
  it('are added up where several buckets have the same one', () => {
    expect(told(bucket(1, 10, 1), bucket(1, 5, 2))[0]?.current).toEqual([
      { requests: 0, bad: 0 },
      { requests: 15, bad: 3 },
      { requests: 0, bad: 0 },
    ]);
  });

  it('have a failure that is counted later in the bucket of its request, however many buckets later', () => {
    const bads = (...buckets: readonly ValueBucket[]) => told(...buckets)[0]?.current.map(({ bad }) => bad);
    expect(bads(bucket(0, 10, 0), bucket(1, 0, 4))).toEqual([4, 0, 0]);
    expect(bads(bucket(0, 10, 0), bucket(1, 1, 1), bucket(2, 0, 4))).toEqual([4, 1, 0]);
  });

  it('do not have a failure whose request came before the window', () => {
    expect(told(bucket(-1, 10, 0), bucket(0, 5, 7))[0]?.current[0]).toEqual({ requests: 5, bad: 5 });
    expect(told(bucket(-1, 0, 90), bucket(0, 5, 1))[0]?.current[0]).toEqual({ requests: 5, bad: 1 });
  });

  it.each([
    [
      'failures have a label that requests lack',
      [bucket(1, 90, 0, ''), bucket(1, 0, 9)],
      'of v42 were counted, route /pay',
    ],
    [
      'requests have a label that failures lack',
      [bucket(1, 90, 0), bucket(1, 0, 9, '')],
      'of v42 were counted, without route',
    ],
    ['that is so of the revision gone back to', [bucket(1, 0, 9, '/pay', 'v41')], 'more failures than requests of v41'],
    ['a count is no number', [bucket(1, Number.NaN, 0)], 'a count of v42, route /pay, is no number'],
    ['a count is below nought', [bucket(1, 5, -1)], 'a count of v42, route /pay, is no number'],
  ])('are unreadable where %s, for nothing could be told apart then', (_name, buckets, says) => {
    expect(() => told(...buckets)).toThrow(
      expect.objectContaining({
        code: 'METRICS_UNREADABLE',
        retryable: true,
        message: expect.stringContaining(says) as string,
      }) as Error,
    );
  });
});
