import { readySharesOf } from '../../../src/domain/plan/census';
import type { Census } from '../../../src/domain/plan/census';
import { cameBack, withCameBack } from '../../../src/domain/service/came-back';
import { driftsAfter, withDrift } from '../../../src/domain/service/drift';
import type { Drifted } from '../../../src/domain/service/drift';
import type { Ended } from '../../../src/domain/service/ending';
import { recordOutcome } from '../../../src/domain/service/ending';
import { recordReleases, seeCensus } from '../../../src/domain/service/releases';
import { KEPT } from '../../../src/domain/service/state';
import type { ServiceState } from '../../../src/domain/service/state';
import { WATCHED_AFTER_MS, watchedRollbacks } from '../../../src/domain/service/watched';
import { hear } from '../../../src/domain/service/word';
import { MINUTE_MS, afterRollback, ended, serving, withLive } from './support/fixtures';

const ENDED_AT = ended(1).at;
const soon = ENDED_AT + 12 * MINUTE_MS;
const LEFT = { eu: { v41: 100 }, us: { v41: 100 } };
const PARTIAL: Partial<Ended> = {
  end: { kind: 'partial', reason: 'TARGETS_LEFT_OUT', text: '' },
  left: { eu: { v41: 60, v42: 40 } },
};

/** What a look shows to have drifted from what the newest rollback left. */
function driftAfter(...seen: Parameters<typeof driftsAfter>): Drifted | undefined {
  return driftsAfter(...seen)[0];
}

/** A service whose rollback 1 took both targets to v41. */
function left(change: Partial<Ended> = {}): ServiceState {
  return afterRollback({ left: LEFT, ...change });
}

/** What a target serves by its pods, each revision with as many that are ready and that are wanted. */
function byPods(pods: Readonly<Record<string, readonly [ready: number, wanted: number]>>): Census {
  const all = Object.values(pods).reduce((sum, [ready]) => sum + ready, 0);
  const revisions = Object.entries(pods).map(([revision, [ready, wanted]]) => ({
    revision,
    weight: (100 * ready) / all,
    readyCapacity: wanted === 0 ? 100 : Math.floor((100 * ready) / wanted),
    readyInstances: ready,
  }));
  return { eu: { target: 'eu', at: soon, units: { total: 10, name: 'pods' }, revisions } };
}

/** A service whose rollback 1 left eu with six pods of v41 and four of v42. */
function leftByPods(end: Ended['end'] = PARTIAL.end!): ServiceState {
  const census = byPods({ v41: [6, 6], v42: [4, 4] });
  return seeCensus(
    afterRollback({ end, left: { eu: { v41: 60, v42: 40 } }, ready: readySharesOf(census, ['eu']) }),
    census,
    ENDED_AT + 1_000,
  );
}

/** What targets serve in shares, by target and revision. */
function split(shares: Readonly<Record<string, Readonly<Record<string, number>>>>): Census {
  return Object.fromEntries(
    Object.entries(shares).map(([target, each]) => [
      target,
      {
        target,
        at: soon,
        revisions: Object.entries(each).map(([revision, weight]) => ({
          revision,
          weight,
          readyCapacity: weight,
          readyInstances: 1,
        })),
      },
    ]),
  );
}

describe('after its end what a rollback left is watched', () => {
  test('and a third revision is told of, with its share, what is left of the old one, since when and the way out', () => {
    const drift = driftAfter(left(), split({ eu: { v41: 60, v43: 40 }, us: { v41: 100 } }), soon);
    expect(drift?.fresh).toEqual([{ target: 'eu', revision: 'v43', weight: 40, left: 0, at: soon }]);
    expect(drift?.news).toMatchObject({ level: 'info', title: 'v43 has come to prod/checkout' });
    expect(drift?.news?.text).toBe(
      '12 min after rollback 1 ended: eu serves 40 % on v43, left at 0 %, and 60 % on v41. Nobody recorded it. If it is meant, nothing has to be done; nothing moves by itself, and phased-rollback start prod/checkout takes it back.',
    );
  });

  test('and who recorded the revision that has come is said', () => {
    const news = { revision: 'v43', from: soon, source: 'recorded' as const, by: 'ci' };
    const drift = driftAfter(recordReleases(left(), [news], soon), serving({ eu: 'v43' }), soon);
    expect(drift?.news?.text).toContain('It was recorded by ci.');
  });

  test('and people are paged where what has come is quarantined', () => {
    const word = { kind: 'quarantine', id: 'w1', by: 'ada', at: 0, revision: 'v40', reason: 'CVE' } as const;
    const drift = driftAfter(hear(left(), word, soon).state, serving({ eu: 'v40' }), soon);
    expect(drift?.news).toMatchObject({ level: 'page', title: 'v40 is back on prod/checkout' });
    expect(drift?.news?.text).toContain('unquarantine v40');
  });

  test.each<[string, ServiceState, Census, number, number]>([
    ['it loses its share and nobody gains it', left(), split({ eu: { v41: 0 } }), 0, 100],
    [
      'it serves more than it was left at',
      left({ ...PARTIAL, left: { eu: { v41: 50, v42: 50 } } }),
      split({ eu: { v41: 80, v42: 20 } }),
      80,
      50,
    ],
  ])('and another share of the old one is told of when %s', (_when, state, census, weight, before) => {
    const drift = driftAfter(state, census, soon);
    expect(drift?.fresh).toEqual([{ target: 'eu', revision: 'v41', weight, left: before, at: soon }]);
    expect(drift?.news).toMatchObject({ level: 'info', title: 'prod/checkout is not as rollback 1 left it' });
    expect(drift?.news?.text).toContain(`eu serves ${weight} % on v41, left at ${before} %. If nobody meant it`);
  });

  test('and who manages the target is named', () => {
    const { eu } = serving({ eu: 'v43' });
    const text = driftAfter(left(), { eu: { ...eu!, owner: 'Argo CD application shop' } }, soon)?.news?.text;
    expect(text).toContain('0 % on v41; Argo CD application shop manages it.');
  });

  test('and people hear once of a revision, however many targets it comes to; each is remembered', () => {
    const first = serving({ eu: 'v43', us: 'v41' });
    const told = withDrift(left(), driftAfter(left(), first, soon)!, soon);
    expect(driftAfter(told, first, soon + 1)).toBeUndefined();
    const further = driftAfter(told, serving({ eu: 'v43', us: 'v43' }), soon + MINUTE_MS);
    expect(further?.news).toBeUndefined();
    const spread = withDrift(told, further!, soon + MINUTE_MS);
    expect(spread.past.at(-1)?.drifts?.map(({ target }) => target)).toEqual(['eu', 'us']);
    const next = driftAfter(spread, serving({ eu: 'v44' }), soon + 2 * MINUTE_MS);
    expect(next?.news).toMatchObject({ title: 'v44 has come to prod/checkout', subject: 'drift/1/2' });
  });

  test('and no more is told than is remembered, for it would be told at every look', () => {
    const drifts = Array.from({ length: KEPT.drifts }, (_, at) => ({
      target: 'us',
      revision: `r${at}`,
      weight: 1,
      left: 0,
      at,
    }));
    const full = withDrift(left(), { number: 1, fresh: drifts }, soon);
    expect(driftAfter(full, serving({ eu: 'v43' }), soon)).toBeUndefined();
  });
});

describe('what a rollback took back', () => {
  test('is told of as back when it serves at the first look already, once', () => {
    const census = serving({ eu: 'v42', us: 'v41' });
    expect(cameBack(left(), census, soon)).toBeUndefined();
    const drift = driftAfter(left(), census, soon);
    expect(drift?.news).toMatchObject({ level: 'page', title: 'v42 is back on prod/checkout' });
    const told = seeCensus(withDrift(left(), drift!, soon), census, soon);
    expect(told.past.at(-1)).toMatchObject({ cameBackAt: soon });
    expect(cameBack(told, serving({ eu: 'v42', us: 'v42' }), soon)).toBeUndefined();
    expect(driftAfter(told, serving({ eu: 'v42', us: 'v42' }), soon)).toBeUndefined();
  });

  test('is left to the look that sees it come back, which tells of it', () => {
    const looked = seeCensus(left(), serving({ eu: 'v41', us: 'v41' }), ENDED_AT + 1_000);
    const census = serving({ eu: 'v42', us: 'v43' });
    expect(cameBack(looked, census, soon)).toBeDefined();
    expect(driftAfter(looked, census, soon)?.fresh.map(({ revision }) => revision)).toEqual(['v43']);
  });

  test('pages too when it grows where a partial rollback had pushed it back, though it is in no quarantine', () => {
    const state = afterRollback(PARTIAL);
    expect(driftAfter(state, split({ eu: { v41: 60, v42: 40 } }), soon)).toBeUndefined();
    const drift = driftAfter(state, split({ eu: { v41: 20, v42: 80 } }), soon);
    expect(drift?.news).toMatchObject({ level: 'page', title: 'v42 is back on prod/checkout' });
    expect(drift?.news?.text).toContain('eu serves 80 % on v42, left at 40 %, and 20 % on v41.');
    expect(drift?.news?.text).not.toContain('unquarantine');
  });
});

describe('where shares are ready pods', () => {
  const failing = byPods({ v41: [5, 6], v42: [4, 4] });

  test('a pod of the old revision that fails does not bring the bad one back', () => {
    expect(driftsAfter(leftByPods(), failing, soon)).toEqual([]);
    expect(cameBack(leftByPods(ended(1).end), failing, soon)).toBeUndefined();
    expect(driftsAfter(leftByPods(), byPods({ v41: [6, 6], v42: [3, 4] }), soon)).toEqual([]);
  });

  test.each([
    ['has more pods', byPods({ v41: [5, 6], v42: [5, 5] })],
    ['has the pods alone that are left because the others were taken away', byPods({ v41: [3, 3], v42: [4, 4] })],
    ['serves everybody because every other pod fails', byPods({ v41: [0, 6], v42: [4, 4] })],
  ])('the bad revision is back when it %s', (_when, census) => {
    expect(driftAfter(leftByPods(), census, soon)?.news).toMatchObject({
      level: 'page',
      title: 'v42 is back on prod/checkout',
    });
    expect(cameBack(leftByPods(ended(1).end), census, soon)).toMatchObject({ revision: 'v42' });
  });

  test('and so it is where a weight has been changed beside a server that fails', () => {
    const weighed = split({ eu: { v41: 20, v42: 80 } });
    const before = split({ eu: { v41: 60, v42: 40 } });
    const state = afterRollback({ ...PARTIAL, ready: readySharesOf(before, ['eu']) });
    expect(driftAfter(state, weighed, soon)?.news).toMatchObject({ level: 'page' });
  });
});

describe('after a next rollback that moved nothing', () => {
  const gaveUp: Partial<Ended> = { end: { kind: 'aborted', reason: 'ABORTED', text: '' }, moved: false };

  test('the watch over what the one before it left goes on', () => {
    const state = recordOutcome(left(), ended(2, gaveUp));
    const drift = driftAfter(state, serving({ eu: 'v43' }), soon);
    expect(drift).toMatchObject({ number: 1, news: { title: 'v43 has come to prod/checkout' } });
    expect(withDrift(state, drift!, soon).past.map(({ drifts }) => drifts?.length)).toEqual([1, undefined]);
  });

  test('what it took back pages still', () => {
    const looked = seeCensus(left(), serving({ eu: 'v41', us: 'v41' }), ENDED_AT + 1_000);
    const state = recordOutcome(looked, ended(2, gaveUp));
    expect(driftAfter(state, serving({ eu: 'v42', us: 'v41' }), soon)?.news).toMatchObject({
      level: 'page',
      title: 'v42 is back on prod/checkout',
    });
  });

  test('each target is watched for what was read back there last', () => {
    const change = { moved: false, left: { eu: { v40: 100 } }, toRevision: 'v40', fromRevision: 'v43' };
    const state = recordOutcome(left(), ended(2, { ...change, at: ENDED_AT + MINUTE_MS }));
    expect(watchedRollbacks(state, soon).map(({ number, left: of }) => [number, of])).toEqual([
      [2, { eu: { v40: 100 } }],
      [1, { us: { v41: 100 } }],
    ]);
    const drifts = driftsAfter(state, serving({ eu: 'v41', us: 'v44' }), soon);
    expect(drifts.map(({ number, fresh }) => [number, fresh[0]?.revision])).toEqual([
      [2, 'v41'],
      [1, 'v44'],
    ]);
  });

  test('that it is told already of the one does not hush the other', () => {
    const state = recordOutcome(left(), ended(2, gaveUp));
    const back = { number: 2, revision: 'v42', title: '', text: '' };
    expect(driftAfter(withCameBack(state, back, soon), serving({ eu: 'v42' }), soon)).toBeDefined();
  });
});

describe('nothing is told', () => {
  const gone = serving({ eu: 'v43' });
  const unquarantined = hear(
    left(),
    { kind: 'unquarantine', id: 'w1', by: 'ada', at: soon, revision: 'v42', reason: 'mended' },
    soon,
  ).state;
  test.each<[string, ServiceState, Census, number]>([
    ['while everything is as it was left', left(), serving({ eu: 'v41', us: 'v41' }), soon],
    ["of a target's rounding", left(), split({ eu: { v41: 99.6, v43: 0.4 } }), soon],
    ['of a target that the rollback had no part in', left(), serving({ ap: 'v43' }), soon],
    ['of a revision that a person took out of quarantine', unquarantined, serving({ eu: 'v42' }), soon],
    ['once the time is over', left(), gone, ENDED_AT + WATCHED_AFTER_MS + 1],
    ['while the next rollback moves', withLive(left()), gone, soon],
    ['of what an aborted rollback left to people', afterRollback({ left: undefined }), gone, soon],
    [
      'once another rollback has ended that may have moved something',
      recordOutcome(left(), ended(2, { end: { kind: 'aborted', reason: 'ABORTED', text: '' } })),
      gone,
      soon,
    ],
  ])('%s', (_when, state, census, at) => {
    expect(driftAfter(state, census, at)).toBeUndefined();
  });

  test('but a dismissed alert in between ends no watch', () => {
    const dismissed = recordOutcome(left(), ended(2, { end: { kind: 'dismissed', reason: 'NO_BLAME', text: '' } }));
    expect(driftAfter(dismissed, gone, soon)?.number).toBe(1);
    expect(watchedRollbacks(dismissed, soon)).toMatchObject([{ number: 1, left: LEFT }]);
  });

  test('for longer than the policy says', () => {
    expect(driftAfter(left(), gone, soon, 11 * MINUTE_MS)).toBeUndefined();
    expect(driftAfter(left(), gone, soon, 13 * MINUTE_MS)).toBeDefined();
  });
});
