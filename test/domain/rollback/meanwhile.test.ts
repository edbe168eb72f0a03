import { endOf, mayContinue, nextMove, openState, record, statusView } from '../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import { alertingToo } from '../../../src/domain/rollback/alarm';
import type { RunEvent, RunState } from '../../../src/domain/rollback';
import { alert, censusOf, plan, POLICY, reading, request, START, verdict } from './support/fixtures';

const SECOND = 1_000;

/** The events of a rollback up to the watch of its first phase; each a second after the one before. */
function upToFirstBake(mode: 'auto' | 'ask' = 'auto'): RunState {
  const census = censusOf({ eu: 0, us: 0 });
  const first = plan(mode === 'ask' ? 'approval' : 'automatic');
  const blamed = { fromRevision: 'v42', toRevision: 'v41', extent: ['eu', 'us'], because: 'v42 is new' };
  let state = openState(request(mode), START, CURRENT_RULES);
  state = then(state, { kind: 'assessed', policy: POLICY, assessment: { kind: 'blamed', ...blamed }, census });
  state = then(state, { kind: 'planned', plan: first });
  state = then(state, { kind: 'checked', results: [], census });
  if (mode === 'ask') return state;
  state = then(state, { kind: 'claimed', answer: { kind: 'free', text: '1 of 2' } });
  const order = { target: 'eu', number: 1, desired: 25, expected: 0 };
  state = record(state, { kind: 'began', move: nextMove(state), at: state.now });
  return then(state, {
    kind: 'shifted',
    phase: 0,
    reports: [{ order, outcome: 'done', reading: reading('eu', 25) }],
  });
}

type Unstamped = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

function then(state: RunState, event: Unstamped): RunState {
  return record(state, { ...event, at: state.now + SECOND } as RunEvent);
}

const watched = (state: RunState, target: string, revision: string) =>
  then(state, {
    kind: 'baked',
    phase: 0,
    observation: {
      readings: {
        [target]: {
          ...reading(target, 25),
          revisions: [
            { revision: 'v41', weight: 25, readyCapacity: 100, readyInstances: 1 },
            { revision, weight: 75, readyCapacity: 100, readyInstances: 2 },
          ],
        },
      },
      traffic: [],
      observedMs: SECOND,
    },
  });

describe('a word on slots meanwhile', () => {
  const slots = { service: 'prod/checkout', entries: [{ slot: 'green', target: 'eu', revision: 'v43', since: START }] };
  const begun = (state: RunState) => record(state, { kind: 'began', move: nextMove(state), at: state.now });

  it('ends the look that goes by the old one, once, and is in the journal', () => {
    const baking = begun(upToFirstBake());
    expect([baking.inFlight?.move.kind, mayContinue(baking)]).toEqual(['bake', true]);
    const told = then(baking, { kind: 'slotsTold', slots });
    expect(mayContinue(told)).toBe(false);
    expect(told.journal.at(-1)?.text).toBe('the release record says: slot green of eu holds v43');
    const again = begun(then(told, { kind: 'interrupted', move: 'bake' }));
    expect([again.inFlight?.move.kind, mayContinue(again)]).toEqual(['bake', true]);
    expect(again.request.slots).toEqual(slots);
  });

  it('lets be what is over in seconds', () => {
    const asking = begun(upToFirstBake('ask'));
    expect(mayContinue(then(asking, { kind: 'slotsTold', slots }))).toBe(true);
  });
});

describe('somebody else deploying meanwhile', () => {
  it('is a question about that target, answered by adopt, skip or retry', () => {
    const state = watched(upToFirstBake(), 'eu', 'v43');
    expect(state.open).toMatchObject({ reason: 'SUPERSEDED', for: 'fault', target: 'eu' });
    expect(state.open?.text).toBe('eu serves 75 % on v43: somebody else is deploying there');
    expect(state.open?.options.map((option) => option.command)).toEqual(['retry', 'adopt', 'skip', 'unwind']);
  });

  it('is read again on retry before anything moves', () => {
    const state = watched(upToFirstBake(), 'eu', 'v43');
    const retry = { id: 'c1', kind: 'retry' as const, by: 'ada', at: 0, waitId: state.open?.id };
    expect(nextMove(then(state, { kind: 'command', command: retry })).kind).toBe('check');
  });

  it('is left as it is once adopted, and named at the end', () => {
    const state = watched(upToFirstBake(), 'eu', 'v43');
    const adopt = { id: 'c1', kind: 'adopt' as const, by: 'ada', at: 0, waitId: state.open?.id };
    const adopted = then(state, { kind: 'command', command: adopt });
    expect(adopted.adopted).toEqual(['eu']);
    expect(watched(adopted, 'eu', 'v43').open).toBeUndefined();
  });

  it('is no question while only the two revisions serve', () => {
    expect(watched(upToFirstBake(), 'eu', 'v42').open).toBeUndefined();
  });
});

describe('knowledge that has grown too old', () => {
  const QUARTER_MS = 15 * 60 * SECOND;

  /** Approved only after a long time. */
  function stale(): RunState {
    let state = upToFirstBake('ask');
    state = record(state, { kind: 'began', move: nextMove(state), at: state.now + QUARTER_MS });
    const waitId = statusView(state).wait?.id;
    return then(state, { kind: 'command', command: { id: 'c1', kind: 'approve', by: 'ada', at: 0, waitId } });
  }

  it('is renewed before anything moves: checks first, then the plan', () => {
    expect(nextMove(stale())).toEqual({ kind: 'check' });
    const checked = then(stale(), { kind: 'checked', results: [], census: censusOf({ eu: 0, us: 0 }) });
    expect(nextMove(checked)).toEqual({ kind: 'plan' });
  });

  it('keeps the approval when the same steps are left', () => {
    const checked = then(stale(), { kind: 'checked', results: [], census: censusOf({ eu: 0, us: 0 }) });
    const again = then(checked, { kind: 'planned', plan: { ...plan(), because: 'in other words' } });
    expect(nextMove(again)).toMatchObject({ kind: 'shift', effects: [{ target: 'eu', desired: 25 }] });
  });

  it('asks anew, and shows the difference, when other steps are left', () => {
    const results = ['eu', 'us'].map((target) => ({
      check: 'dry run',
      target,
      status: 'pass' as const,
      evidence: 'it can',
      overridable: true,
    }));
    const checked = then(stale(), { kind: 'checked', results, census: censusOf({ eu: 30, us: 0 }) });
    const other = {
      ...plan('automatic'),
      phases: plan('automatic')
        .phases.slice(2)
        .map((p, index) => ({ ...p, index })),
    };
    const again = then(checked, { kind: 'planned', plan: other });
    expect(nextMove(again)).toMatchObject({ kind: 'wait', wait: { reason: 'GATE' } });
    expect(statusView(again).wait?.text).toContain(
      'left before: eu 100 % · us 50 % · us 100 %; now: us 50 % · us 100 %',
    );
  });
});

describe('the status while a phase is watched', () => {
  it('says when the next phase and full relief are expected, by the plan', () => {
    const state = upToFirstBake();
    const eachMs = plan().expectedReliefMs / plan().phases.length;
    const appliedAt = state.phases[0]?.appliedAt ?? 0;
    expect(statusView(state).expected).toEqual({ nextAt: appliedAt + eachMs, reliefAt: appliedAt + 3 * eachMs });
  });

  it('expects nothing by itself while it waits', () => {
    expect(statusView(upToFirstBake('ask')).expected).toBeUndefined();
  });
});

describe('the suspect that is let go too early', () => {
  const shrunk = (state: RunState, ready: number) =>
    then(state, {
      kind: 'baked',
      phase: 0,
      observation: {
        readings: {
          eu: {
            ...reading('eu', 25),
            revisions: [
              { revision: 'v41', weight: 25, readyCapacity: 100, readyInstances: 2 },
              { revision: 'v42', weight: 75, readyCapacity: ready, readyInstances: 1 },
            ],
          },
        },
        traffic: [],
        observedMs: SECOND,
      },
    });
  const told = (state: RunState) => state.journal.filter((entry) => entry.text.includes('would not find room'));

  it('is told once per target, and again only after it had come back', () => {
    const once = shrunk(shrunk(upToFirstBake(), 50), 50);
    expect(told(once)).toMatchObject([{ target: 'eu', text: expect.stringContaining('v42 on eu is ready for 50 %') }]);
    expect(told(shrunk(shrunk(once, 100), 40))).toHaveLength(2);
  });

  it('is no news while it could take everything back', () => {
    expect(told(shrunk(upToFirstBake(), 100))).toEqual([]);
  });
});

describe('the journal of a wait', () => {
  it('keeps since when, for what, until when and by whose word', () => {
    let state = upToFirstBake('ask');
    state = record(state, { kind: 'began', move: nextMove(state), at: state.now });
    const waitId = statusView(state).wait?.id;
    state = then(state, { kind: 'command', command: { id: 'c1', kind: 'approve', by: 'ada', at: 0, waitId } });
    state = record(state, { kind: 'began', move: nextMove(state), at: state.now });
    expect(state.journal.filter((entry) => entry.wait)).toMatchObject([
      { reason: 'GATE', wait: { id: waitId, for: 'approval', until: state.now, endedBy: 'ada' } },
    ]);
  });
});

describe('a critical alert after everything has moved', () => {
  const moved = (state: RunState): RunState => ({
    ...state,
    phases: plan().phases.map(() => ({ prepared: true, applied: ['eu', 'us'], passedBy: 'verdict' as const })),
  });
  const fresh = alert({ title: 'checkout is slow', fingerprint: 'another' });

  it('says that the old revision alarms too', () => {
    expect(alertingToo(moved(upToFirstBake()), fresh)).toBe('v41 is alerting too: checkout is slow');
  });

  it.each([
    ['while phases are left', upToFirstBake(), fresh],
    ['when it is known already', moved(upToFirstBake()), alert()],
    ['when it is a warning', moved(upToFirstBake()), { ...fresh, severity: 'warning' as const }],
    ['when it has resolved', moved(upToFirstBake()), { ...fresh, status: 'resolved' as const }],
  ])('is no news %s', (_when, state, news) => {
    expect(alertingToo(state, news)).toBeUndefined();
  });

  it('is heard whatever the verdicts were', () => {
    const halted = then(moved(upToFirstBake()), {
      kind: 'watched',
      observation: { readings: {}, traffic: [], observedMs: SECOND },
      harm: verdict('halt', 'WORSE'),
    });
    expect(alertingToo(halted, fresh)).toContain('alerting too');
  });
});

describe('a target that could not be read back', () => {
  it('is named at the end of an abort, since nobody knows what it serves', () => {
    let state = upToFirstBake();
    const order = { target: 'us', number: 1, desired: 50, expected: 0 };
    state = then(state, { kind: 'shifted', phase: 0, reports: [{ order, outcome: 'unknown' }] });
    state = then(state, { kind: 'command', command: { id: 'c1', kind: 'abort', by: 'ada', at: 0 } });
    expect(nextMove(state)).toMatchObject({ kind: 'census', targets: ['us'] });
    const unreadable = [{ target: 'us', detail: 'no answer' }];
    const blind = then(state, { kind: 'censusTaken', census: {}, unreadable });
    expect(nextMove(blind).kind).toBe('report');
    expect(endOf(blind).text).toContain('not read back: us');
    const seen = then(blind, {
      kind: 'censusTaken',
      census: { us: reading('us', 50, 100, blind.now + 1) },
      unreadable: [],
    });
    expect(endOf(seen).text).not.toContain('not read back');
  });
});
