import fc from 'fast-check';
import { admitAlert, arrivalOf, underEnvironment } from '../../../src/domain/alert/admission';
import type { AlertArrival } from '../../../src/domain/alert/admission';
import type { AdmissionCode } from '../../../src/domain/alert/admission-code';
import type { Alert } from '../../../src/domain/alert/alert';
import type { HoldCode } from '../../../src/domain/environment/state';
import { alertsAfter, recordOutcome, terminated } from '../../../src/domain/service/ending';
import { countAlert, startedRollback } from '../../../src/domain/service/accounting';
import type { PolicySlice, ServiceState } from '../../../src/domain/service/state';
import {
  INVALID,
  MINUTE_MS,
  START,
  afterRollback,
  alert,
  ended,
  opened,
  slice,
  withLive,
} from '../service/support/fixtures';

interface Case {
  readonly why: string;
  readonly code: AdmissionCode;
  readonly state?: ServiceState;
  readonly alert?: Partial<Alert>;
  readonly slice?: PolicySlice;
  readonly now?: number;
  readonly arrival?: AlertArrival;
}

const AFTER = START + 11 * MINUTE_MS;
const freeze = { until: START + MINUTE_MS, by: 'ada' };
const fresh = { fingerprint: 'f2', receivedAt: AFTER };

const REFUSALS: readonly Case[] = [
  { why: 'it names another service', code: 'NOT_MATCHED', alert: { service: 'search' } },
  { why: 'it names another environment', code: 'NOT_MATCHED', alert: { environment: 'staging' } },
  { why: 'a label of the policy is missing', code: 'NOT_MATCHED', slice: slice({ match: { team: 'shop' } }) },
  { why: 'it is not severe enough', code: 'BELOW_SEVERITY', alert: { severity: 'warning' } },
  { why: 'its source sent it too long ago', code: 'STALE', alert: { sentAt: START - 300_001 } },
  { why: 'it was received too long ago', code: 'STALE', alert: { receivedAt: START - 300_001 } },
  { why: 'it is resolved and nothing runs', code: 'RESOLVED', alert: { status: 'resolved' } },
  { why: 'the live rollback knows it', code: 'REPEATED', state: withLive() },
  {
    why: 'an ended rollback has dealt with it',
    code: 'ALREADY_HANDLED',
    state: afterRollback(),
    now: AFTER,
    alert: { receivedAt: AFTER },
  },
  { why: 'a rollback has just ended', code: 'COOLING_DOWN', state: afterRollback(), now: AFTER, alert: fresh },
  { why: 'the service is frozen', code: 'FROZEN', state: opened({ freeze }) },
  { why: 'automation is off', code: 'AUTOMATION_OFF', state: opened({ mode: { mode: 'off', by: 'ada' } }) },
  { why: 'the policy is invalid', code: 'POLICY_INVALID', slice: INVALID },
];

describe('admission of alerts', () => {
  test.each(REFUSALS)('refuses with $code when $why', (given) => {
    const judged = alert(given.alert);
    const admission = admitAlert(
      given.state ?? opened(),
      judged,
      given.slice ?? slice(),
      given.now ?? START,
      given.arrival,
    );
    expect(admission).toMatchObject({ kind: 'refused', code: given.code });
  });

  test('starts a rollback with the mode, the cause, and a snapshot of what is known', () => {
    const state = opened({ nextNumber: 7, releases: [{ revision: 'v42', from: START - 5, source: 'seen' }] });
    const admission = admitAlert(state, alert({ cause: 'latency' }), slice(), START);
    expect(admission).toMatchObject({
      kind: 'start',
      request: { number: 7, mode: 'ask', cause: 'latency', course: 'forward', releases: state.releases },
    });
  });

  test.each(['observe', 'ask', 'auto'] as const)('starts in mode %s when a person set it', (mode) => {
    const state = opened({ mode: { mode, by: 'ada', until: START + 1 } });
    expect(admitAlert(state, alert(), slice(), START)).toMatchObject({ kind: 'start', request: { mode } });
  });

  test('falls back to the mode of the policy when the override is over', () => {
    const state = opened({ mode: { mode: 'off', by: 'ada', until: START } });
    expect(admitAlert(state, alert(), slice(), START)).toMatchObject({ kind: 'start', request: { mode: 'ask' } });
  });

  test('passes every new alert and every resolve on to the live rollback, also frozen or without a valid policy', () => {
    const live = { ...withLive(), freeze };
    const ref = { environment: 'prod', service: 'checkout', number: 1 };
    expect(admitAlert(live, alert({ fingerprint: 'f2' }), slice(), START)).toEqual({ kind: 'forward', ref });
    expect(admitAlert(live, alert({ status: 'resolved' }), slice(), START)).toEqual({ kind: 'forward', ref });
    expect(admitAlert(live, alert({ fingerprint: 'f2' }), INVALID, START)).toEqual({ kind: 'forward', ref });
  });

  test('passes a firing on that follows its own resolve', () => {
    const resolved = alert({ status: 'resolved' });
    const live = withLive();
    const forwarded = countAlert(live, resolved, admitAlert(live, resolved, slice(), START), START);
    expect(admitAlert(forwarded, alert(), slice(), START)).toMatchObject({ kind: 'forward' });
  });

  test('is not made stale by the time that our own workers were away', () => {
    const judged = alert({ sentAt: START - 1_000, receivedAt: START });
    const handledAt = START + 60 * MINUTE_MS;
    const arrival = { arrivedAt: arrivalOf(judged, handledAt) };
    expect(admitAlert(opened(), judged, slice(), handledAt, arrival)).toMatchObject({ kind: 'start' });
  });

  test('pages when a critical alert comes in the cool-down, and only then', () => {
    const severities = ['critical', 'warning'] as const;
    const critical = admitAlert(afterRollback(), alert(fresh), slice({ severities }), AFTER);
    expect(critical).toMatchObject({ code: 'COOLING_DOWN', page: 'v41 is alerting too: checkout fails' });
    const warning = admitAlert(afterRollback(), alert({ ...fresh, severity: 'warning' }), slice({ severities }), AFTER);
    expect(warning).not.toHaveProperty('page');
  });

  test('starts again when the cool-down is over', () => {
    const now = START + 40 * MINUTE_MS;
    expect(admitAlert(afterRollback(), alert({ fingerprint: 'f2', receivedAt: now }), slice(), now)).toMatchObject({
      kind: 'start',
      request: { number: 2 },
    });
  });

  test('does not cool down after a dismissal, but still knows the alert', () => {
    const state = afterRollback({ end: { kind: 'dismissed', reason: 'OBSERVE_ONLY', text: 'nothing was touched' } });
    expect(admitAlert(state, alert(fresh), slice(), AFTER)).toMatchObject({ kind: 'start' });
    expect(admitAlert(state, alert({ receivedAt: AFTER }), slice(), AFTER)).toMatchObject({ code: 'ALREADY_HANDLED' });
  });

  test('admits a repeat whose rollback was lost', () => {
    const live = withLive();
    const state = recordOutcome(live, terminated(live.live!, 'terminated', AFTER));
    expect(admitAlert(state, alert({ receivedAt: AFTER }), slice(), AFTER)).toMatchObject({
      kind: 'start',
      request: { number: 2 },
    });
  });

  test('admits afresh what a rollback did not cover, unless a person aborted it', () => {
    const uncovered = [alert({ fingerprint: 'us' })];
    const admitAgain = (end: 'succeeded' | 'aborted') => {
      const word = ended(1, { uncovered, end: { kind: end, reason: 'X', text: '' } });
      const [again] = alertsAfter(withLive(), word);
      const state = recordOutcome(withLive(), word);
      return admitAlert(state, again!.alert, slice(), AFTER, { standing: again!.standing });
    };
    expect(admitAgain('succeeded')).toMatchObject({ kind: 'start', request: { number: 2 } });
    expect(admitAgain('aborted')).toMatchObject({ code: 'COOLING_DOWN' });
  });
});

describe('the accounts of alerts', () => {
  const anAlert = fc
    .record({
      fingerprint: fc.constantFrom('a', 'b', 'c'),
      status: fc.constantFrom('firing' as const, 'resolved' as const),
      severity: fc.constantFrom('critical' as const, 'warning' as const),
    })
    .map((change) => alert(change));
  const aStep = fc.oneof(
    { weight: 4, arbitrary: anAlert.map((incoming) => ({ kind: 'alert' as const, incoming })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('succeeded', 'dismissed', 'aborted').map((end) => ({ kind: 'end' as const, end })),
    },
  );

  test('count every delivery once, reach one rollback at most, and never start a second one', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 40 }), (steps) => {
        let state = opened();
        const started: number[] = [];
        let deliveries = 0;
        steps.forEach((step, index) => {
          const now = START + index * 20 * MINUTE_MS;
          if (step.kind === 'end') {
            const end = { kind: step.end as 'succeeded', reason: 'X', text: '' };
            if (state.live) state = recordOutcome(state, ended(state.live.number, { end, at: now }));
            return;
          }
          deliveries += 1;
          const incoming = { ...step.incoming, receivedAt: now };
          const admission = admitAlert(state, incoming, slice(), now);
          const reached = { start: undefined, forward: state.live?.number, refused: state.live?.number }[
            admission.kind
          ];
          expect(state.live?.number).toBe(reached);
          expect(admission).toMatchObject(admission.kind === 'forward' ? { ref: { number: state.live?.number } } : {});
          state = countAlert(state, incoming, admission, now);
          if (admission.kind === 'start') {
            started.push(admission.request.number);
            state = startedRollback(state, admission.request, now);
          }
        });
        expect(state.alerts.reduce((sum, seen) => sum + seen.count, 0)).toBe(deliveries);
        expect(new Set(started).size).toBe(started.length);
      }),
    );
  });
});

describe('an admission that the environment has answered', () => {
  const started = admitAlert(opened(), alert(), slice(), START);
  const held = (code: HoldCode) => ({ kind: 'held' as const, code, text: 'held' });

  test.each(['AUTOMATION_OFF', 'COMMON_CAUSE'] as const)('starts nothing for %s, and says how to by hand', (code) => {
    expect(underEnvironment(started, held(code))).toEqual({
      kind: 'refused',
      code,
      text: 'held; by hand: phased-rollback start prod/checkout',
    });
  });

  test.each(['AUTOMATION_ASK', 'AUTOMATIC_LIMIT', 'ENVIRONMENT_SILENT'] as const)(
    'starts for %s: the rollback asks again before it moves',
    (code) => expect(underEnvironment(started, held(code))).toBe(started),
  );

  test('stays refused or passed on whatever the environment says', () => {
    const forwarded = admitAlert(withLive(), alert({ fingerprint: 'f2' }), slice(), START);
    expect(forwarded.kind).toBe('forward');
    expect(underEnvironment(forwarded, held('COMMON_CAUSE'))).toBe(forwarded);
  });
});
