import type { Release } from '../../../src/domain/service/release';
import { inSlot, nothingTold, sameSlots, slotRecordOf } from '../../../src/domain/service/slots';
import { requestFor } from '../../../src/domain/service/start';
import type { ServiceState } from '../../../src/domain/service/state';
import { serviceView } from '../../../src/domain/service/view';
import { hear } from '../../../src/domain/service/word';
import { MINUTE_MS, START, opened } from './support/fixtures';

const SAID = { id: 'c1', by: 'ci', at: START };
const HOUR_MS = 60 * MINUTE_MS;

/** `blue=v42`, or `eu/blue=v42`. */
function slot(text: string): { slot: string; target?: string; revision: string } {
  const [, target, name = '', revision = ''] = /^(?:(\w+)\/)?(\w+)=(\w+)$/.exec(text) ?? [];
  return { slot: name, ...(target ? { target } : {}), revision };
}

function told(state: ServiceState, now: number, ...slots: readonly string[]): ServiceState {
  return hear(state, { ...SAID, kind: 'slots', slots: slots.map(slot) }, now).state;
}

function released(state: ServiceState, now: number, change: Partial<Release> & { revision: string }): ServiceState {
  const release: Release = { from: now, source: 'recorded', ...change };
  return hear(state, { ...SAID, kind: 'release', releases: [release] }, now).state;
}

function holds(state: ServiceState, name: string, target = 'eu'): string {
  const found = inSlot(slotRecordOf(state) ?? nothingTold(state), target, name);
  return 'unknown' in found ? `unknown: ${found.unknown}` : found.revision;
}

describe('what a slot holds by the release record', () => {
  const both = told(opened(), START, 'blue=v42', 'green=v41');

  it('is what was said of it last, on every target or on one', () => {
    expect([holds(both, 'blue'), holds(both, 'green')]).toEqual(['v42', 'v41']);
    const one = told(both, START + 1, 'us/green=v43');
    expect([holds(one, 'green', 'eu'), holds(one, 'green', 'us')]).toEqual(['v41', 'v43']);
    expect(holds(told(one, START + 2, 'green=v44'), 'green', 'us')).toBe('v44');
  });

  it('is said by a release that names its slot', () => {
    const state = released(both, START + HOUR_MS, { revision: 'v43', slots: [{ slot: 'green' }] });
    expect([holds(state, 'blue'), holds(state, 'green')]).toEqual(['v42', 'v43']);
    expect(state.releases).toMatchObject([{ revision: 'v43', slots: [{ slot: 'green' }] }]);
  });

  it('is told by no release of the past that is imported later than what is newer', () => {
    const old = { revision: 'v40', from: START - HOUR_MS, source: 'imported' as const, slots: [{ slot: 'green' }] };
    expect(holds(released(both, START + 1, old), 'green')).toBe('v41');
    expect(holds(released(opened(), START, old), 'green')).toBe('v40');
  });

  it('goes by the order in which it was said, not by the clocks of those who said it', () => {
    const ahead = released(both, START + 1, { revision: 'v43', from: START + 1, slots: [{ slot: 'green' }] });
    expect(holds(told(ahead, START, 'green=v44'), 'green')).toBe('v44');
    const behind = released(both, START + 5, { revision: 'v43', from: START - 5, slots: [{ slot: 'green' }] });
    expect(holds(behind, 'green')).toBe('v43');
  });

  it('is unknown where nobody said it, with the line to say it and the name that may be meant', () => {
    expect(holds(opened(), 'blue')).toBe(
      'unknown: the release record does not say what slot blue of eu holds; say it: phased-rollback slot prod/checkout eu/blue=<revision>',
    );
    expect(holds(told(opened(), START, 'blu=v42'), 'blue')).toContain('holds, only of "blu"; say it');
    expect(holds(told(opened(), START, 'us/blue=v42'), 'blue')).toContain('slot blue of eu holds; say it');
  });

  it('is in doubt, and not guessed, once a release came of which nobody said where it is', () => {
    const lost = released(both, START + HOUR_MS, { revision: 'v43' });
    expect(holds(lost, 'green')).toBe(
      'unknown: v43 was released since v41 came into slot green of eu, and nobody said into which slot; ' +
        'say it: phased-rollback slot prod/checkout eu/green=<revision>',
    );
    expect(holds(lost, 'blue')).toContain('unknown: v43 was released since v42');
    const found = told(lost, START + HOUR_MS + 1, 'green=v43');
    expect([holds(found, 'blue'), holds(found, 'green')]).toEqual(['v42', 'v43']);
    expect(found.releases).toMatchObject([{ revision: 'v43', slots: [{ slot: 'green' }] }]);
  });

  it('is in no doubt by a release that was put there before, by one that was seen, or by one of long ago', () => {
    expect(holds(released(both, START + HOUR_MS, { revision: 'v42' }), 'green')).toBe('v41');
    expect(holds(released(both, START + HOUR_MS, { revision: 'v43', source: 'seen' }), 'green')).toBe('v41');
    const past = { revision: 'v40', from: START - HOUR_MS, source: 'imported' as const };
    expect(holds(released(both, START + HOUR_MS, past), 'green')).toBe('v41');
  });

  it('stays known after the revision of another slot was replaced', () => {
    const three = told(opened(), START - HOUR_MS, 'red=v40');
    const green = released(three, START, { revision: 'v41', slots: [{ slot: 'green' }] });
    expect(holds(told(green, START + 1, 'green=v43'), 'red')).toBe('v40');
  });
});

describe('the release record of slots', () => {
  it('goes with a rollback and the view of the service, and with neither where nobody told of slots', () => {
    const part = { trigger: { kind: 'alert' as const, alerts: [] }, mode: 'ask' as const, cause: 'errors' as const };
    const state = told(opened(), START, 'blue=v42');
    const entries = [{ slot: 'blue', revision: 'v42', since: START }];
    const record = { service: 'prod/checkout', entries };
    expect(requestFor(state, { ...part, course: 'forward' }).slots).toEqual(record);
    expect(serviceView(state, undefined, START).slots).toEqual(record);
    expect(requestFor(opened(), { ...part, course: 'forward' })).not.toHaveProperty('slots');
    expect(serviceView(released(opened(), START, { revision: 'v1' }), undefined, START)).not.toHaveProperty('slots');
  });

  it('is news where it says something else, also by a release without a slot', () => {
    const state = told(opened(), START, 'blue=v42');
    expect(sameSlots(state, released(state, START + 1, { revision: 'v42' }))).toBe(true);
    expect(sameSlots(state, released(state, START + 1, { revision: 'v43' }))).toBe(false);
    expect(sameSlots(opened(), released(opened(), START, { revision: 'v43' }))).toBe(true);
  });

  it('takes no word that names no slot', () => {
    const { state, outcome } = hear(opened(), { ...SAID, kind: 'slots', slots: [] }, START);
    expect(outcome).toMatchObject({ result: 'refused', code: 'NOTHING_TO_RECORD' });
    expect(state).not.toHaveProperty('slots');
  });

  it('is bounded: what was told longest ago is forgotten first', () => {
    let state = opened();
    for (let at = 0; at <= 500; at += 1) state = told(state, START + at, `s${at}=v1`);
    expect(state.slots).toHaveLength(500);
    expect(holds(state, 's0')).toContain('unknown');
    expect(holds(state, 's500')).toBe('v1');
  });
});
