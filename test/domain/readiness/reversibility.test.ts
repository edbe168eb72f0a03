import { reversibilityCheck } from '../../../src/domain/readiness';
import { nextMove, openState, record } from '../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import type { RunEvent, RunState } from '../../../src/domain/rollback';
import type { Release } from '../../../src/domain/service/release';
import { censusOf, plan, POLICY, request, START } from '../rollback/support/fixtures';

const MINUTE = 60_000;
const PAIR = { from: 'v42', to: 'v41' };

function release(revision: string, minute: number, since?: number): Release {
  const base = { revision, from: START + minute * MINUTE, source: 'recorded' as const };
  return since === undefined ? base : { ...base, irreversible: [{ what: 'drops orders.note', since }] };
}

describe('going back behind a release', () => {
  it.each([
    ['is free where nothing is declared', [release('v41', 0), release('v42', 10)], 'pass'],
    ['is stopped by what has happened since', [release('v41', 0), release('v42', 10, START + 15 * MINUTE)], 'block'],
    ['is safe until a time that lies ahead', [release('v41', 0), release('v42', 10, START + 30 * MINUTE)], 'warn'],
    ['is not about what the old one did itself', [release('v41', 0, START), release('v42', 10)], 'pass'],
    [
      'is stopped by any release in between',
      [release('v41', 0), release('v41-fix', 5, START + 6 * MINUTE), release('v42', 10)],
      'block',
    ],
    ['is judged by the suspect alone where the old one has no record', [release('v42', 10, START)], 'block'],
  ] as const)('%s', (_name, releases, status) => {
    expect(reversibilityCheck(releases, PAIR, START + 20 * MINUTE)).toMatchObject({ status, overridable: true });
  });

  it('says what can no longer be undone, and since when', () => {
    const check = reversibilityCheck(
      [release('v41', 0), release('v42', 10, Date.parse('2026-11-23T02:40:00Z'))],
      PAIR,
      Date.parse('2026-11-23T03:00:00Z'),
    );
    expect(check.evidence).toBe('v42: drops orders.note, cannot be undone from 2026-11-23T02:40:00Z on');
  });
});

type Unstamped = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

function then(state: RunState, event: Unstamped): RunState {
  return record(state, { ...event, at: state.now + 1_000 } as RunEvent);
}

/** A rollback whose checks have found a point of no return passed. */
function checked(change: Parameters<typeof openState>[0]): RunState {
  const census = censusOf({ eu: 0, us: 0 });
  const blamed = { fromRevision: 'v42', toRevision: 'v41', extent: ['eu', 'us'], because: 'v42 is new' };
  let state = openState(change, START, CURRENT_RULES);
  state = then(state, { kind: 'assessed', policy: POLICY, assessment: { kind: 'blamed', ...blamed }, census });
  state = then(state, { kind: 'planned', plan: plan('automatic') });
  return withChecks(state);
}

function withChecks(state: RunState): RunState {
  const releases = [release('v41', -60), release('v42', -10, START - MINUTE)];
  const results = [reversibilityCheck(releases, PAIR, START)];
  return then(state, { kind: 'checked', results, census: censusOf({ eu: 0, us: 0 }) });
}

const now = (change: { readonly reason?: string; readonly acceptIrreversible?: boolean }) => ({
  kind: 'command' as const,
  command: { id: `c${JSON.stringify(change)}`, kind: 'now' as const, by: 'ada', at: 0, cold: true, ...change },
});

describe('a rollback past the point of no return', () => {
  it('asks an approver, who needs a reason', () => {
    const state = checked(request('auto'));
    expect(state.open).toMatchObject({ reason: 'NOT_READY', overridable: true });
    const approve = { id: 'c1', kind: 'approve' as const, by: 'ada', at: 0, waitId: state.open?.id };
    expect(then(state, { kind: 'command', command: approve }).outcomes[0]).toMatchObject({ code: 'REASON_MISSING' });
    const approved = then(state, {
      kind: 'command',
      command: { ...approve, id: 'c2', reason: 'notes are in the backup' },
    });
    expect(nextMove(approved).kind).not.toBe('wait');
  });

  it('is asked about at `now` too', () => {
    expect(checked({ ...request('auto'), course: 'now', cold: true }).open).toMatchObject({ reason: 'NOT_READY' });
    const again = then(checked(request('auto')), now({}));
    expect(nextMove(again).kind).toBe('check');
    expect(withChecks(again).open).toMatchObject({ reason: 'NOT_READY' });
  });

  it('goes on at `now` once a person accepts the loss and says why', () => {
    const state = checked(request('auto'));
    expect(then(state, now({ acceptIrreversible: true })).outcomes[0]).toMatchObject({ code: 'REASON_MISSING' });
    const accepted = withChecks(then(state, now({ acceptIrreversible: true, reason: 'notes are in the backup' })));
    expect(accepted.open).toBeUndefined();
    expect(nextMove(accepted).kind).toBe('shift');
  });

  it('is no obstacle when it was accepted from the start', () => {
    const state = checked({ ...request('auto'), course: 'now', cold: true, acceptIrreversible: true });
    expect(nextMove(state).kind).toBe('shift');
  });
});
