import fc from 'fast-check';
import { activeCommonCause, commonCausePage, toldCommonCause } from '../../../src/domain/environment/common-cause';
import { consultAll } from '../../../src/domain/environment/consult';
import type { EnvironmentQuestion } from '../../../src/domain/environment/consult';
import type { EnvironmentLimits } from '../../../src/domain/environment/policy';
import { openEnvironment } from '../../../src/domain/environment/state';
import type { EnvironmentState } from '../../../src/domain/environment/state';
import { environmentView } from '../../../src/domain/environment/view';
import { environmentOutcome, hearWord } from '../../../src/domain/environment/word';
import type { EnvironmentWord } from '../../../src/domain/environment/word';
import { START } from '../rollback/support/fixtures';

const MINUTE = 60_000;
const LIMITS: EnvironmentLimits = { automaticAtOnce: 2, commonCause: { services: 3, withinMs: 5 * MINUTE } };
const PROD = openEnvironment('prod');

const alerting = (service: string): EnvironmentQuestion => ({ kind: 'alerting', service, title: `${service} fails` });
const begin = (service: string, gone?: readonly { service: string; number: number }[]): EnvironmentQuestion => ({
  kind: 'begin',
  service,
  number: 1,
  ...(gone ? { gone } : {}),
});

function asked(state: EnvironmentState, questions: readonly EnvironmentQuestion[], at = START, limits = LIMITS) {
  const { answers, ...rest } = consultAll(state, limits, questions, at);
  const codes = answers.map((answer) => (answer.kind === 'held' ? answer.code : answer.kind));
  return { ...rest, answers, codes };
}

function said(state: EnvironmentState, change: Partial<EnvironmentWord> = {}, at = START): EnvironmentState {
  const word = { kind: 'automation' as const, id: 'c1', to: 'off' as const, by: 'ada', at, reason: 'load test' };
  return hearWord(state, { ...word, until: START + 60 * MINUTE, ...change }, at);
}

describe('the master switch', () => {
  test.each([
    { to: 'off' as const, alert: 'AUTOMATION_OFF', begins: 'AUTOMATION_OFF' },
    { to: 'ask' as const, alert: 'free', begins: 'AUTOMATION_ASK' },
  ])('set to $to answers an alert with $alert and a beginning with $begins, until it ends by itself', (row) => {
    const state = said(PROD, { to: row.to });
    const { answers, codes } = asked(state, [alerting('a'), begin('a')]);
    expect(codes).toEqual([row.alert, row.begins]);
    expect(answers[1]).toMatchObject({ text: expect.stringMatching(/^ada has set .* until .*: load test$/) });
    expect(asked(state, [alerting('a'), begin('a')], START + 60 * MINUTE).codes).toEqual(['free', 'free']);
  });

  test('stops also a rollback that had a place but has not moved, and gives its place back', () => {
    const { state } = asked(PROD, [begin('a')]);
    const { codes, state: after } = asked(said(state), [begin('a')]);
    expect(codes).toEqual(['AUTOMATION_OFF']);
    expect(after.claims).toEqual([]);
  });

  test('is on again by a word, and shows who has set it how until when', () => {
    const off = said(PROD);
    expect(environmentView(off, START)).toMatchObject({
      automation: 'off',
      brake: { by: 'ada', reason: 'load test', until: START + 60 * MINUTE, since: START },
    });
    const on = said(off, { id: 'c2', to: 'on', until: undefined }, START + MINUTE);
    expect(environmentView(on, START + MINUTE)).toMatchObject({ automation: 'on' });
    expect(environmentOutcome(on, 'c2')).toMatchObject({ result: 'applied' });
  });

  test.each([
    { code: 'REASON_MISSING', change: { reason: undefined } },
    { code: 'END_MISSING', change: { until: undefined } },
    { code: 'TIME_IS_PAST', change: { until: START } },
    { code: 'ALREADY_ON', change: { to: 'on' as const } },
  ])('refuses a word with $code and stays as it was', ({ code, change }) => {
    const state = said(PROD, change);
    expect(environmentOutcome(state, 'c1')).toMatchObject({ result: 'refused', code });
    expect(state.brake).toBeUndefined();
  });

  test('hears a repeated word once: its first answer stands', () => {
    const on = said(said(PROD), { id: 'c2', to: 'on' });
    expect(said(on)).toEqual(on);
  });
});

describe('services that alert together', () => {
  test('have a common cause from the third within five minutes on; the first two went on', () => {
    const { codes, state } = asked(PROD, [alerting('a'), alerting('b'), alerting('c'), alerting('d'), begin('a')]);
    expect(codes).toEqual(['free', 'free', 'COMMON_CAUSE', 'COMMON_CAUSE', 'COMMON_CAUSE']);
    expect(environmentView(state, START)).toMatchObject({
      commonCause: { since: START, services: ['a', 'b', 'c', 'd'], endsAt: START + 5 * MINUTE },
    });
  });

  test('are counted once each, however often they alert', () => {
    expect(asked(PROD, ['a', 'a', 'a', 'b', 'a', 'b'].map(alerting)).codes).toEqual(Array(6).fill('free'));
  });

  test('are too far apart when more than the window lies between them', () => {
    const first = asked(PROD, [alerting('a'), alerting('b')]);
    expect(asked(first.state, [alerting('c')], START + 5 * MINUTE + 1).codes).toEqual(['free']);
    expect(asked(first.state, [alerting('c')], START + 5 * MINUTE).codes).toEqual(['COMMON_CAUSE']);
  });

  test('are free again once fewer than three have alerted within the window, and one noisy service does not hinder that', () => {
    let { state } = asked(PROD, [alerting('a'), alerting('b'), alerting('c')]);
    for (let minute = 1; minute <= 5; minute += 1) ({ state } = asked(state, [alerting('a')], START + minute * MINUTE));
    const later = START + 5 * MINUTE + 1;
    expect(activeCommonCause(state, later)).toBeUndefined();
    expect(asked(state, [alerting('a'), begin('a')], later).codes).toEqual(['free', 'free']);
  });

  test('stay one common cause as long as others join, told to people once with all their names', () => {
    const { state } = asked(PROD, [alerting('a'), alerting('b'), alerting('c')]);
    expect(state.commonCause?.told).toBe(false);
    const told = toldCommonCause(state, { since: START });
    const more = asked(
      told,
      Array.from({ length: 40 }, (_, n) => alerting(`s${n}`)),
      START + 4 * MINUTE,
    );
    expect(more.state.commonCause).toMatchObject({ since: START, told: true });
    expect(more.state.commonCause?.services).toHaveLength(43);
    expect(commonCausePage(more.state)).toMatchObject({
      title: 'prod: COMMON_CAUSE, 43 services alert',
      text: expect.stringMatching(/^a, b, c, s0,.* and 13 more have alerted within 5 min: /),
    });
  });

  test('begin a new common cause, to be told again, after they were quiet', () => {
    const told = toldCommonCause(asked(PROD, [alerting('a'), alerting('b'), alerting('c')]).state, { since: START });
    const later = START + 30 * MINUTE;
    const again = asked(told, [alerting('a'), alerting('b'), alerting('d')], later);
    expect(again.codes).toEqual(['free', 'free', 'COMMON_CAUSE']);
    expect(again.state.commonCause).toEqual({ since: later, services: ['a', 'b', 'd'], told: false });
    // The page of the first one, which took that long to reach anybody, is not the page of this one.
    expect(toldCommonCause(again.state, { since: START })).toEqual(again.state);
  });
});

describe('automatic rollbacks', () => {
  test('are at most two at once; a third is told which two', () => {
    const { codes, answers } = asked(PROD, [begin('a'), begin('b'), begin('c')]);
    expect(codes).toEqual(['free', 'free', 'AUTOMATIC_LIMIT']);
    expect(answers[2]).toMatchObject({
      text: 'at most 2 automatic rollbacks of prod may be under way; there are rollback/prod/a/1, rollback/prod/b/1',
      by: [{ service: 'a' }, { service: 'b' }],
    });
  });

  test('keep the place they have when they ask again', () => {
    const { codes, state } = asked(PROD, [begin('a'), begin('b'), begin('a'), begin('b')]);
    expect(codes).toEqual(Array(4).fill('free'));
    expect(state.claims).toHaveLength(2);
  });

  test('give their place back when they have ended, also when that is found out by others', () => {
    const { state } = asked(PROD, [begin('a'), begin('b')]);
    expect(asked(state, [{ kind: 'ended', service: 'a', number: 1 }, begin('c')]).codes).toEqual(['free', 'free']);
    expect(asked(state, [begin('c', [{ service: 'b', number: 1 }])]).codes).toEqual(['free']);
    expect(asked(state, [begin('c', [{ service: 'b', number: 2 }])]).codes).toEqual(['AUTOMATIC_LIMIT']);
  });

  test('do not begin at all where the policy gives them no place', () => {
    expect(asked(PROD, [begin('a')], START, { ...LIMITS, automaticAtOnce: 0 }).answers).toMatchObject([
      { code: 'AUTOMATIC_LIMIT', text: 'at most 0 automatic rollbacks of prod may be under way' },
    ]);
  });
});

describe('whatever is asked and said in whatever order', () => {
  const services = ['a', 'b', 'c', 'd', 'e'];
  const kinds = ['alerting', 'alerting', 'alerting', 'begin', 'begin', 'ended', 'word'] as const;
  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    service: fc.constantFrom(...services),
    to: fc.constantFrom('off' as const, 'ask' as const, 'on' as const),
    afterMs: fc.integer({ min: 0, max: 2 * MINUTE }),
  });

  test('nothing is let begin under a brake, in a common cause, or beyond the places; and all of that is met', () => {
    const met = { let: 0, brake: 0, cause: 0, limit: 0 };
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
        let [state, at] = [PROD, START];
        for (const [index, { kind, service, to, afterMs }] of steps.entries()) {
          at += afterMs;
          if (kind === 'word') {
            state = said(state, { id: `c${index}`, to, until: at + 4 * MINUTE }, at);
            continue;
          }
          const question = kind === 'alerting' ? alerting(service) : { kind, service, number: 1 };
          const before = environmentView(state, at);
          const { codes, state: after } = asked(state, [question], at);
          state = after;
          expect(state.claims.length).toBeLessThanOrEqual(LIMITS.automaticAtOnce);
          expect(new Set(state.claims.map((claim) => claim.service)).size).toBe(state.claims.length);
          if (kind !== 'begin') continue;
          const held = before.automation !== 'on' || before.commonCause !== undefined;
          expect(codes[0] === 'free' && held).toBe(false);
          const why =
            codes[0] === 'free'
              ? 'let'
              : codes[0] === 'AUTOMATIC_LIMIT'
                ? 'limit'
                : before.commonCause
                  ? 'cause'
                  : 'brake';
          met[why] += 1;
        }
      }),
      { numRuns: 2_000, seed: 20_261_123 },
    );
    expect(Math.min(...Object.values(met))).toBeGreaterThan(100);
  });
});
