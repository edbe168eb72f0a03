import type { Alert } from '../../../src/domain/alert/alert';
import { blame } from '../../../src/domain/alert/blame';
import type { BlameInput } from '../../../src/domain/alert/blame';
import type { Census } from '../../../src/domain/plan';
import type { RollbackRequest } from '../../../src/domain/rollback';
import type { Release } from '../../../src/domain/service/release';
import { POLICY, START, alert, censusOf, request } from '../rollback/support/fixtures';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Released this long before the alert began. */
function release(revision: string, agoMs: number, change: Partial<Release> = {}): Release {
  return { revision, from: START - agoMs, source: 'recorded', ...change };
}

const RELEASES = [release('v40', 48 * HOUR_MS), release('v41', 24 * HOUR_MS), release('v42', 10 * MINUTE_MS)];

function input(change: Partial<RollbackRequest> = {}, census: Census = censusOf({ eu: 0, us: 0 })): BlameInput {
  return { request: { ...fromAlert(), ...change }, policy: POLICY, census, now: START + MINUTE_MS };
}

function fromAlert(change: Partial<Alert> = {}): RollbackRequest {
  return {
    ...request(),
    trigger: { kind: 'alert', alerts: [alert({ startsAt: START, ...change })] },
    releases: RELEASES,
  };
}

function only(revision: string, ...targets: readonly string[]): Census {
  const revisions = [{ revision, weight: 100, readyCapacity: 100, readyInstances: 2 }];
  return Object.fromEntries(targets.map((target) => [target, { target, revisions, at: START }]));
}

describe('the suspect of an alert', () => {
  test('is the newest release that still serves, taken back to the last known good where it serves', () => {
    expect(blame(input())).toEqual({
      kind: 'blamed',
      fromRevision: 'v42',
      toRevision: 'v41',
      extent: ['eu', 'us'],
      because: 'v42 began to serve 10 min before the alert; v41 is the last known good; it serves on eu, us',
    });
  });

  test.each([
    { why: 'a person named it', change: { fromRevision: 'v41' }, suspect: 'v41', to: 'v40' },
    {
      why: 'the alert names it',
      change: { trigger: fromAlert({ revision: 'v41' }).trigger },
      suspect: 'v41',
      to: 'v40',
    },
    {
      why: 'the alert names nothing we know',
      change: { trigger: fromAlert({ revision: 'x' }).trigger },
      suspect: 'v42',
      to: 'v41',
    },
    {
      why: 'releases come in any order',
      change: { releases: RELEASES.toReversed() },
      suspect: 'v42',
      to: 'v41',
    },
    {
      why: 'a newer one came after the alert',
      change: { releases: [...RELEASES, release('v43', -5 * MINUTE_MS)] },
      suspect: 'v42',
      to: 'v41',
    },
    {
      why: 'it was noted a little after the alert',
      change: { releases: [RELEASES[1] ?? release('v41', HOUR_MS), release('v42', -MINUTE_MS)] },
      suspect: 'v42',
      to: 'v41',
    },
  ])('is $suspect when $why', ({ change, suspect, to }) => {
    const seen = { ...censusOf({ eu: 20, us: 0 }), ...only('v43', 'ap') };
    expect(blame(input(change, seen))).toMatchObject({ kind: 'blamed', fromRevision: suspect, toRevision: to });
  });

  test('is looked for before the earliest of several alerts', () => {
    const alerts = [alert({ startsAt: START }), alert({ fingerprint: 'f2', startsAt: START - 5 * HOUR_MS })];
    const late = input({ trigger: { kind: 'alert', alerts } }, only('v42', 'eu'));
    expect(blame(late)).toMatchObject({ kind: 'unblamed', reason: 'OUTSIDE_WINDOW' });
  });

  test('that the alert names but that serves no longer leaves nothing to take back', () => {
    const gone = blame(input({ trigger: fromAlert({ revision: 'v42' }).trigger }, only('v41', 'eu', 'us')));
    expect(gone).toMatchObject({ kind: 'blamed', fromRevision: 'v42', extent: [] });
    expect(gone.because).toContain('serves no longer');
  });
});

describe('no release is blamed', () => {
  test.each([
    { why: 'none is known', change: { releases: [] }, census: censusOf({ eu: 0 }), reason: 'NO_RELEASE_KNOWN' },
    { why: 'none of them serves', change: {}, census: only('v43', 'eu'), reason: 'NO_RELEASE_KNOWN' },
    {
      why: 'it served for longer than the window',
      change: { releases: [release('v41', 24 * HOUR_MS), release('v42', 4 * HOUR_MS + 1)] },
      census: censusOf({ eu: 0 }),
      reason: 'OUTSIDE_WINDOW',
    },
    {
      why: 'it came after the alert',
      change: { releases: [release('v42', -3 * MINUTE_MS)] },
      census: only('v42', 'eu'),
      reason: 'OUTSIDE_WINDOW',
    },
    {
      why: 'nothing before it served long enough',
      change: { releases: [release('v41', 39 * MINUTE_MS), release('v42', 10 * MINUTE_MS)] },
      census: censusOf({ eu: 0 }),
      reason: 'NO_KNOWN_GOOD',
    },
    {
      why: 'everything before it is quarantined',
      change: { quarantined: ['v40', 'v41'].map((revision) => ({ revision, because: 'x', by: 'ada', at: START })) },
      census: censusOf({ eu: 0 }),
      reason: 'NO_KNOWN_GOOD',
    },
  ])('when $why', ({ change, census, reason }) => {
    expect(blame(input(change, census))).toMatchObject({ kind: 'unblamed', reason });
  });

  test('and the targets that could not be read are named', () => {
    expect(blame(input({}, {})).because).toContain('eu, us could not be read');
    expect(blame(input({}, censusOf({ eu: 0 }))).because).toContain('; us could not be read');
  });

  test('exactly up to the end of the window', () => {
    const edge = [release('v41', 24 * HOUR_MS), release('v42', 4 * HOUR_MS)];
    expect(blame(input({ releases: edge }))).toMatchObject({ kind: 'blamed', fromRevision: 'v42' });
  });
});

describe('a start by hand', () => {
  const byHand: Partial<RollbackRequest> = { trigger: request('ask', 'person').trigger };

  test('means the newest release that serves, however old', () => {
    const releases = [release('v41', 480 * HOUR_MS), release('v42', 240 * HOUR_MS)];
    expect(blame(input({ ...byHand, releases }))).toMatchObject({ fromRevision: 'v42', toRevision: 'v41' });
  });

  test('goes back to what was named, known good or not', () => {
    const named = blame(input({ ...byHand, toRevision: 'v43-fix' }));
    expect(named).toMatchObject({ fromRevision: 'v42', toRevision: 'v43-fix' });
    expect(named.because).toContain('v43-fix was named to go back to');
  });

  test.each<{ extent: Record<string, string>; targets: string[] }>([
    { extent: { region: 'us' }, targets: ['us'] },
    { extent: {}, targets: ['eu', 'us'] },
    { extent: { region: 'us', segment: 'beta' }, targets: [] },
  ])('with the extent $extent concerns $targets', ({ extent, targets }) => {
    expect(blame(input({ ...byHand, extent }))).toMatchObject({ extent: targets });
  });

  test('leaves out targets where the suspect does not serve', () => {
    expect(blame(input(byHand, censusOf({ eu: 100, us: 40 })))).toMatchObject({ extent: ['us'] });
  });
});
