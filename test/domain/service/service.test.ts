import { outcomeFor, startedRollback, takenNumber } from '../../../src/domain/service/accounting';
import { alertsAfter, recordOutcome, terminated } from '../../../src/domain/service/ending';
import { mayDeploy } from '../../../src/domain/service/gate';
import { admitNow, admitStart } from '../../../src/domain/service/start';
import type { StartWord } from '../../../src/domain/service/start';
import { KEPT, outcomeOf, withOutcome } from '../../../src/domain/service/state';
import { serviceView } from '../../../src/domain/service/view';
import { hear } from '../../../src/domain/service/word';
import type { MemoryWord } from '../../../src/domain/service/word';
import { countAlert } from '../../../src/domain/service/accounting';
import { INVALID, MINUTE_MS, START, afterRollback, alert, ended, opened, slice, withLive } from './support/fixtures';

const SAID = { id: 'c1', by: 'ada', at: START, reason: 'because' };
const quarantined = [{ revision: 'v40', because: 'leaks', by: 'bob', at: START }];

function start(change: Partial<StartWord> = {}): StartWord {
  return { ...SAID, kind: 'start', ...change };
}

describe('a start by hand', () => {
  test.each([
    { code: 'ROLLBACK_LIVE', state: withLive(), word: start(), given: slice() },
    { code: 'SAME_REVISION', state: opened(), word: start({ fromRevision: 'v1', toRevision: 'v1' }), given: slice() },
    { code: 'QUARANTINED', state: opened({ quarantined }), word: start({ toRevision: 'v40' }), given: slice() },
    { code: 'POLICY_INVALID', state: opened(), word: start(), given: INVALID },
  ])('is refused with $code', ({ code, state, word, given }) => {
    expect(admitStart(state, word, given, START)).toMatchObject({ kind: 'refused', code });
  });

  test('is possible while frozen, cooling down or switched off, and carries what the person asked for', () => {
    const state = {
      ...afterRollback(),
      freeze: { until: START * 2, by: 'bob' },
      mode: { mode: 'off' as const, by: 'bob' },
    };
    const word = start({ fromRevision: 'v42', pace: 'express', extent: { region: 'eu' }, cause: 'feedback' });
    expect(admitStart(state, word, slice(), START)).toMatchObject({
      kind: 'start',
      request: {
        number: 2,
        mode: 'ask',
        cause: 'feedback',
        fromRevision: 'v42',
        pace: 'express',
        extent: { region: 'eu' },
        trigger: { kind: 'person', by: 'ada', reason: 'because' },
      },
    });
  });

  test('keeps the named suspect of a security rollback out at once', () => {
    const decision = admitStart(opened(), start({ cause: 'security', fromRevision: 'v42' }), slice(), START);
    if (decision.kind !== 'start') throw new Error('not started');
    expect(
      mayDeploy({ ...startedRollback(opened(), decision.request, START), live: undefined }, 'v42', START),
    ).toMatchObject({
      allowed: false,
      by: 'rollback/prod/checkout/1',
    });
  });
});

describe('now', () => {
  test('goes to the live run, also without a valid policy', () => {
    expect(admitNow(withLive(), { ...SAID, kind: 'now' }, INVALID, START)).toMatchObject({
      kind: 'forward',
      ref: { number: 1 },
    });
  });

  test('starts a run that takes everything back at once when none is live, cold where that was said', () => {
    const word = { ...SAID, kind: 'now' as const, cold: true };
    expect(admitNow(opened(), word, slice(), START)).toMatchObject({
      kind: 'start',
      request: { course: 'now', cold: true },
    });
    expect(admitNow(opened(), { ...word, acceptIrreversible: true }, slice(), START)).toMatchObject({
      request: { acceptIrreversible: true },
    });
    const silent = { ...word, reason: undefined, acceptIrreversible: true };
    expect(admitNow(opened(), silent, slice(), START)).toMatchObject({ code: 'REASON_MISSING' });
    expect(admitNow(opened(), { ...word, cold: false }, slice(), START)).not.toHaveProperty('request.cold');
  });
});

describe('the end of a rollback', () => {
  test('frees the service, keeps the bad revision out, and begins the cool-down', () => {
    const state = afterRollback();
    expect(state.live).toBeUndefined();
    expect(state.quarantined).toMatchObject([{ revision: 'v42', by: 'rollback/prod/checkout/1' }]);
    expect(state.coolingSince).toMatchObject({ number: 1, revision: 'v41' });
    expect(state.past).toMatchObject([{ number: 1, end: 'succeeded', cause: 'errors', startedAt: START }]);
  });

  test.each(['partial', 'aborted', 'failed', 'dismissed'] as const)('quarantines nothing when it ended %s', (kind) => {
    expect(afterRollback({ end: { kind, reason: 'X', text: '' } }).quarantined).toEqual([]);
  });

  test('is recorded once, however often it is told', () => {
    const word = ended(1, { uncovered: [alert({ fingerprint: 'us' })] });
    const once = recordOutcome(withLive(), word);
    expect(recordOutcome(once, word)).toBe(once);
    expect(alertsAfter(once, word)).toEqual([]);
  });

  test('replaces a presumed termination, and does not free a later rollback', () => {
    const lost = recordOutcome(withLive(), terminated(withLive().live!, 'terminated', START));
    const next = startedRollback(lost, { ...requestOf(2) }, START);
    const told = recordOutcome(next, ended(1));
    expect(told.past).toMatchObject([{ number: 1, end: 'succeeded' }]);
    expect(told.live).toMatchObject({ number: 2 });
  });

  test('brings back an alert that was passed on when the run no longer looked', () => {
    const word = ended(1);
    const early = alert({ fingerprint: 'early' });
    const late = alert({ fingerprint: 'late' });
    const forward = { kind: 'forward' as const, ref: word.ref };
    const first = countAlert(withLive(), early, forward, word.at - 1);
    expect(alertsAfter(countAlert(first, late, forward, word.at), word)).toEqual([{ alert: late, standing: 'late' }]);
  });
});

function requestOf(number: number) {
  const decision = admitStart(opened({ nextNumber: number }), start(), slice(), START);
  if (decision.kind !== 'start') throw new Error('not started');
  return decision.request;
}

describe('a taken number', () => {
  test('is adopted as the live rollback while its run goes on, else skipped', () => {
    expect(takenNumber(opened(), requestOf(1), true, START)).toMatchObject({ live: { number: 1 }, nextNumber: 2 });
    expect(takenNumber(opened(), requestOf(1), false, START).live).toBeUndefined();
    expect(takenNumber(opened(), requestOf(1), false, START).nextNumber).toBe(2);
  });
});

describe('words that change the memory', () => {
  const freeze = { until: START + MINUTE_MS, by: 'bob', reason: 'audit' };
  test.each<{ code: string; word: MemoryWord }>([
    { code: 'NOT_FROZEN', word: { ...SAID, kind: 'thaw' } },
    { code: 'TIME_IS_PAST', word: { ...SAID, kind: 'freeze', until: START } },
    { code: 'TIME_IS_PAST', word: { ...SAID, kind: 'mode', mode: 'off', until: START } },
    { code: 'NOT_QUARANTINED', word: { ...SAID, kind: 'unquarantine', revision: 'v42' } },
    { code: 'NOTHING_TO_RECORD', word: { ...SAID, kind: 'release', releases: [] } },
  ])('$word.kind is refused with $code and changes nothing', ({ code, word }) => {
    const state = opened();
    const heard = hear(state, word, START);
    expect(heard.outcome).toMatchObject({ id: 'c1', result: 'refused', code });
    expect(heard.state).toBe(state);
  });

  test('are applied and shown with who and why', () => {
    const words: readonly MemoryWord[] = [
      { ...SAID, kind: 'freeze', until: START + MINUTE_MS },
      { ...SAID, kind: 'mode', mode: 'off' },
      { ...SAID, kind: 'quarantine', revision: 'v42' },
      { ...SAID, kind: 'release', releases: [{ revision: 'v42', from: START - 1, source: 'recorded' }] },
    ];
    const state = words.reduce((before, word) => hear(before, word, START).state, opened());
    expect(serviceView(state, slice(), START)).toMatchObject({
      mode: 'off',
      policyMode: 'ask',
      freeze: { by: 'ada', reason: 'because' },
      quarantined: [{ revision: 'v42', because: 'because' }],
      releases: [{ revision: 'v42' }],
    });
    expect(serviceView(state, slice(), START + MINUTE_MS).freeze).toBeUndefined();
  });

  test('thaw and unquarantine undo freeze and quarantine', () => {
    const state = opened({ freeze, quarantined });
    expect(mayDeploy(hear(state, { ...SAID, kind: 'thaw' }, START).state, 'v42', START)).toEqual({ allowed: true });
    const word: MemoryWord = { ...SAID, kind: 'unquarantine', revision: 'v40' };
    expect(hear(state, word, START).state.quarantined).toEqual([]);
  });

  test.each([
    { why: 'it is quarantined', state: opened({ quarantined }), by: 'bob', until: undefined },
    { why: 'deployments are frozen', state: opened({ freeze }), by: 'bob', until: freeze.until },
    { why: 'a rollback is live', state: withLive(), by: 'rollback/prod/checkout/1', until: undefined },
  ])('the gate refuses a revision when $why, and says who and how to go past it', ({ state, by, until }) => {
    const answer = mayDeploy(state, 'v40', START);
    if (answer.allowed) throw new Error('allowed');
    expect([answer.by, answer.until]).toEqual([by, until]);
    expect(answer.override).not.toBe('');
  });

  test('the gate allows everything else', () => {
    expect(mayDeploy(opened({ quarantined }), 'v42', START)).toEqual({ allowed: true });
    expect(mayDeploy(opened({ freeze }), 'v42', freeze.until)).toEqual({ allowed: true });
  });
});

describe('the answers to messages', () => {
  test('stand as first given, and the oldest are forgotten beyond the limit', () => {
    const answer = (id: string, text: string) => ({ id, kind: 'thaw', at: START, result: 'applied' as const, text });
    const twice = withOutcome(withOutcome(opened(), answer('a', 'first')), answer('a', 'second'));
    expect(outcomeOf(twice, 'a')?.text).toBe('first');
    const ids = Array.from({ length: KEPT.outcomes }, (_, index) => `b${index}`);
    const full = ids.reduce((state, id) => withOutcome(state, answer(id, '')), twice);
    expect(full.outcomes).toHaveLength(KEPT.outcomes);
    expect(outcomeOf(full, 'a')).toBeUndefined();
  });

  test('name the rollback that was started or told', () => {
    const rollback = 'rollback/prod/checkout/1';
    expect(outcomeFor('d', 'alert', { kind: 'start', request: requestOf(1) }, START)).toMatchObject({
      result: 'applied',
      rollback,
    });
    expect(outcomeFor('d', 'now', { kind: 'forward', ref: requestOf(1) }, START)).toMatchObject({
      result: 'applied',
      rollback,
    });
  });
});
