import { readySharesOf } from '../../../src/domain/plan/census';
import type { Census } from '../../../src/domain/plan/census';
import { recordOutcome } from '../../../src/domain/service/ending';
import type { ServiceState } from '../../../src/domain/service/state';
import { LASTING_LOOKS, counted, lasting } from '../../../src/domain/service/trouble';
import type { Counted, Look, Trouble } from '../../../src/domain/service/trouble';
import { troubleWatches, troublesAfter, withTrouble } from '../../../src/domain/service/troubles-after';
import { WATCHED_AFTER_MS } from '../../../src/domain/service/watched';
import { MINUTE_MS, afterRollback, ended, withLive } from './support/fixtures';

const soon = ended(1).at + 12 * MINUTE_MS;
const UNREAD: Trouble = { kind: 'unread', target: 'eu', detail: 'connection refused' };
const SHORT: Trouble = { kind: 'short', target: 'eu', revision: 'v41', weight: 100, capacity: 40 };

/** A target that serves all of its users on v41, of which so much is ready. */
function ready(percent: number, change: Partial<Census[string]> = {}): Census {
  const revisions = [{ revision: 'v41', weight: 100, readyCapacity: percent, readyInstances: 1 }];
  return { eu: { target: 'eu', at: soon, revisions, ...change } };
}

/** A service whose rollback 1 left eu on v41, with so much ready. */
function left(percent = 100): ServiceState {
  return afterRollback({ left: { eu: { v41: 100 } }, ready: readySharesOf(ready(percent), ['eu']) });
}

/** What has lasted after these looks, oldest first. */
function after(...looks: readonly Look[]): readonly Trouble[] {
  const watches = [{ target: 'eu', unread: true, revision: 'v41' }];
  return lasting(looks.reduce<Counted>((all, look) => counted(all, look, watches), []));
}

const times = (look: Look, count = LASTING_LOOKS): readonly Look[] => Array.from({ length: count }, () => look);
const seen = (census: Census): Look => ({ census, unreadable: {} });
const silent: Look = { census: {}, unreadable: { eu: 'connection refused' } };

describe('a target is in trouble', () => {
  test('once it could not be read at several looks in a row', () => {
    expect(after(...times(silent, LASTING_LOOKS - 1))).toEqual([]);
    expect(after(...times(silent))).toEqual([UNREAD]);
  });

  test('once less is ready than it serves at several looks in a row, as the last of them saw it', () => {
    expect(after(...times(seen(ready(60)), LASTING_LOOKS - 1), seen(ready(40)))).toEqual([SHORT]);
  });

  test('not where a look in between was good', () => {
    expect(after(...times(silent, LASTING_LOOKS - 1), seen(ready(100)), silent)).toEqual([]);
    expect(after(...times(seen(ready(40)), LASTING_LOOKS - 1), silent, seen(ready(40)))).toEqual([]);
  });

  test('not while it is on its way from one share to another', () => {
    expect(after(...times(seen(ready(40, { uneven: true }))))).toEqual([]);
  });

  test('not where nobody asked to notice it', () => {
    const look: Look = { census: ready(40), unreadable: { us: 'no answer' } };
    const all = times(look).reduce<Counted>((before, each) => counted(before, each, []), []);
    expect(lasting(all)).toEqual([]);
  });
});

describe('after its end what a rollback left is asked', () => {
  test('whether it can be read and has ready what it serves', () => {
    expect(troubleWatches(left(), soon)).toEqual([{ target: 'eu', unread: true, revision: 'v41' }]);
  });

  test('no longer for what people were told of', () => {
    const [one] = troublesAfter(left(), [UNREAD], soon);
    const told = withTrouble(left(), one!, soon);
    expect(told.past.at(-1)?.troubles).toEqual([{ ...UNREAD, at: soon }]);
    expect(troubleWatches(told, soon)).toEqual([{ target: 'eu', unread: false, revision: 'v41' }]);
    expect(troublesAfter(told, [UNREAD, SHORT], soon).map(({ trouble }) => trouble)).toEqual([SHORT]);
    const [other] = troublesAfter(told, [SHORT], soon);
    expect(troubleWatches(withTrouble(told, other!, soon), soon)).toEqual([]);
  });

  test.each([
    ['too little was ready at the end', left(40)],
    ['its build did not say what was', afterRollback({ left: { eu: { v41: 100 } } })],
  ])('only whether it can be read where %s', (_when, state) => {
    expect(troubleWatches(state, soon)).toEqual([{ target: 'eu', unread: true }]);
  });

  test.each([
    ['the time is over', left(), ended(1).at + WATCHED_AFTER_MS + 1],
    ['the next one moves', withLive(left()), soon],
    ['the next one has moved something', recordOutcome(left(), ended(2, { moved: true })), soon],
  ])('nothing once %s', (_when, state, at) => {
    expect(troubleWatches(state, at)).toEqual([]);
    expect(troublesAfter(state, [UNREAD, SHORT], at)).toEqual([]);
  });
});

describe('people are told', () => {
  test('that a target cannot be read, why, and how to ask it again', () => {
    const [told] = troublesAfter(left(), [UNREAD], soon);
    expect(told?.news).toEqual({
      level: 'info',
      subject: 'unread/1/eu',
      title: 'eu of prod/checkout cannot be read',
      text: '12 min after rollback 1 ended: eu could not be read at several looks in a row: connection refused. Whether it still serves what was left there is not known until it can be; phased-rollback doctor prod/checkout asks it now.',
    });
  });

  test('that the revision gone back to has too little ready, and how much', () => {
    const [told] = troublesAfter(left(), [SHORT], soon);
    expect(told?.news).toMatchObject({ level: 'info', title: 'v41 has too little ready on eu of prod/checkout' });
    expect(told?.news.text).toContain('eu serves 100 % on v41, of which 40 % is ready; at the end enough was.');
  });

  test('nothing of a target that the rollback had no part in', () => {
    expect(troublesAfter(left(), [{ ...UNREAD, target: 'ap' }], soon)).toEqual([]);
  });
});
