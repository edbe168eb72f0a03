import type { Release } from '../../../src/domain/service/release';
import { lastKnownGood, recordReleases, seeCensus } from '../../../src/domain/service/releases';
import { MINUTE_MS, POLICY, START, afterRollback, opened, serving, withLive } from './support/fixtures';

const HOUR_MS = 60 * MINUTE_MS;

function seen(revision: string, from: number, to?: number): Release {
  return { revision, from, source: 'seen', ...(to === undefined ? {} : { to }) };
}

function revisions(state: { readonly releases: readonly Release[] }): readonly string[] {
  return state.releases.map((release) => release.revision);
}

describe('releases', () => {
  test('are seen when a revision is newly at half of any target', () => {
    const first = seeCensus(opened(), serving({ eu: 'v41', us: 'v41' }), START);
    const second = seeCensus(first, serving({ eu: 'v42', us: 'v41' }), START + HOUR_MS);
    expect(second.releases).toEqual([seen('v41', START, START + HOUR_MS), seen('v42', START + HOUR_MS)]);
  });

  test('are seen once while a revision reaches one target after the other', () => {
    const first = seeCensus(opened(), serving({ eu: 'v42', us: 'v41' }), START);
    const second = seeCensus(first, serving({ eu: 'v42', us: 'v42' }), START + 1);
    expect(revisions(second)).toEqual(revisions(first));
  });

  test('are not doubled when CI has recorded what is then seen', () => {
    const known = seeCensus(opened(), serving({ eu: 'v41' }), START);
    const told = recordReleases(known, [{ revision: 'v42', from: START + 1, source: 'recorded', by: 'ci' }], START + 1);
    expect(revisions(seeCensus(told, serving({ eu: 'v42' }), START + 2))).toEqual(['v41', 'v42']);
  });

  test('are not made by what a rollback moves, but a third revision that came meanwhile is one', () => {
    const before = seeCensus(opened(), serving({ eu: 'v41' }), START - 2 * HOUR_MS);
    const released = seeCensus(before, serving({ eu: 'v42' }), START - HOUR_MS);
    const live = withLive(released);
    expect(seeCensus(live, serving({ eu: 'v41' }), START + 1)).toBe(live);
    const freed = { ...live, live: undefined };
    expect(revisions(seeCensus(freed, serving({ eu: 'v41' }), START + 2))).toEqual(['v41', 'v42']);
    expect(revisions(seeCensus(freed, serving({ eu: 'v43' }), START + 2))).toEqual(['v41', 'v42', 'v43']);
  });

  test('that CI tells of after they were seen are one release, with what CI declares', () => {
    const known = seeCensus(opened(), serving({ eu: 'v41' }), START);
    const told = { revision: 'v41', from: START + 30_000, source: 'recorded' as const, change: 'abc123' };
    expect(recordReleases(known, [told], START).releases).toEqual([{ ...told, from: START }]);
    const points = (what: string) => [{ what, since: START }];
    const first = recordReleases(known, [{ ...told, irreversible: points('drops a column') }], START);
    const both = recordReleases(first, [{ ...told, irreversible: points('rewrites the cache') }], START);
    expect(both.releases[0]?.irreversible?.map((point) => point.what)).toEqual([
      'drops a column',
      'rewrites the cache',
    ]);
  });

  test('recorded again under the same revision and start replace the earlier record', () => {
    const once = recordReleases(opened(), [seen('v41', START)], START);
    const twice = recordReleases(once, [{ ...seen('v41', START), change: 'abc' }], START);
    expect(twice.releases).toEqual([{ ...seen('v41', START), change: 'abc' }]);
  });
});

describe('the last known good', () => {
  const now = START + 10 * HOUR_MS;
  const v40 = seen('v40', START, START + 2 * HOUR_MS);
  const v41 = seen('v41', START + 2 * HOUR_MS, START + 4 * HOUR_MS);
  const short = seen('v41b', START + 4 * HOUR_MS, START + 4 * HOUR_MS + 29 * MINUTE_MS);
  const v42 = seen('v42', START + 5 * HOUR_MS);
  const all = [v40, v41, short, v42];
  const bad = (revision: string) => [{ revision, because: 'x', by: 'ada', at: START }];

  test.each([
    { why: 'the newest that served long enough', quarantined: [], suspect: 'v42', alertedAt: [], good: 'v41' },
    { why: 'never a quarantined one', quarantined: bad('v41'), suspect: 'v42', alertedAt: [], good: 'v40' },
    { why: 'always before the suspect', quarantined: [], suspect: 'v41', alertedAt: [], good: 'v40' },
    { why: 'nothing before the first', quarantined: [], suspect: 'v40', alertedAt: [], good: undefined },
    {
      why: 'not one that alerted throughout',
      quarantined: [],
      suspect: 'v42',
      alertedAt: [25, 50, 75, 100].map((minutes) => v41.from + minutes * MINUTE_MS),
      good: 'v40',
    },
    {
      why: 'one with a long enough stretch between alerts',
      quarantined: [],
      suspect: 'v42',
      alertedAt: [20, 50, 75, 100].map((minutes) => v41.from + minutes * MINUTE_MS),
      good: 'v41',
    },
  ])('is $why', ({ quarantined, suspect, alertedAt, good }) => {
    expect(lastKnownGood(all, quarantined, suspect, POLICY, now, alertedAt)?.revision).toBe(good);
  });

  test('is never the revision that a rollback has just taken back', () => {
    const state = afterRollback();
    const releases = [v41, { ...v42, from: START - HOUR_MS }];
    expect(lastKnownGood(releases, state.quarantined, 'v43', POLICY, now)?.revision).toBe('v41');
  });
});
