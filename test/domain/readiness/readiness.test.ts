import {
  capacityChecks,
  judgeReadiness,
  quarantineCheck,
  revisionPresentChecks,
  schemaCheck,
} from '../../../src/domain/readiness';
import type { CheckResult, CheckStatus } from '../../../src/domain/readiness';
import type { Release } from '../../../src/domain/service/release';
import { START, censusOf, reading } from '../rollback/support/fixtures';

function result(status: CheckStatus, overridable = true): CheckResult {
  return { check: 'probe', status, overridable, evidence: `it is ${status}` };
}

describe('readiness', () => {
  test.each([
    { results: [result('pass')], kind: 'ready', blocking: 0, overridable: true },
    { results: [result('pass'), result('warn')], kind: 'warnings', blocking: 0, overridable: true },
    { results: [result('pass'), result('unknown')], kind: 'notReady', blocking: 1, overridable: true },
    { results: [result('unknown', false)], kind: 'notReady', blocking: 1, overridable: true },
    { results: [result('warn'), result('block')], kind: 'notReady', blocking: 1, overridable: true },
    { results: [result('block'), result('block', false)], kind: 'notReady', blocking: 2, overridable: false },
    { results: [result('unknown'), result('block', false)], kind: 'notReady', blocking: 2, overridable: false },
  ])('of $results.0.status, $results.1.status is $kind', ({ results, kind, blocking, overridable }) => {
    const judged = judgeReadiness(results);
    expect(judged).toMatchObject({ kind, overridable });
    expect(judged.blocking).toHaveLength(blocking);
  });

  test('says what stops it, where, and that it is not known', () => {
    const { text } = judgeReadiness([{ ...result('unknown'), target: 'eu' }]);
    expect(text).toBe('not ready: probe (eu) could not be found out: it is unknown');
  });
});

describe('the declared schema', () => {
  const release = (revision: string, min?: number, max = min): Release => ({
    revision,
    from: START,
    source: 'recorded',
    ...(min === undefined || max === undefined ? {} : { schema: { min, max } }),
  });

  test.each([
    { from: release('v42', 12, 13), to: release('v41', 12, 13), status: 'pass', overridable: true },
    { from: release('v42', 12, 13), to: release('v41', 10, 14), status: 'pass', overridable: true },
    { from: release('v42', 13, 14), to: release('v41', 12, 13), status: 'unknown', overridable: true },
    { from: release('v42', 14), to: release('v41', 12, 13), status: 'block', overridable: false },
    { from: release('v42', 10, 11), to: release('v41', 12, 13), status: 'block', overridable: false },
    { from: release('v42'), to: release('v41', 12), status: 'warn', overridable: true },
  ])('of $from.schema against $to.schema is $status', ({ from, to, status, overridable }) => {
    expect(schemaCheck(from, to)).toMatchObject({ status, overridable });
  });

  test('names the versions at which a partial fit would do', () => {
    expect(schemaCheck(release('v42', 13, 15), release('v41', 12, 13)).fix).toContain('is at 13 and approve');
  });
});

describe('checks of the census', () => {
  const partly = { ...censusOf({ eu: 0 }, 40), us: { ...reading('us', 0), revisions: [] } };

  test('know whether the revision is there, is missing, or cannot be told', () => {
    const statuses = revisionPresentChecks(partly, ['eu', 'us', 'ap'], 'v41').map((check) => check.status);
    expect(statuses).toEqual(['pass', 'warn', 'unknown']);
  });

  test.each([
    { weight: 40, status: 'pass' },
    { weight: 41, status: 'warn' },
  ])('find capacity for 40 % at a planned weight of $weight: $status', ({ weight, status }) => {
    expect(capacityChecks(partly, [{ target: 'eu', weight }], 'v41')[0]?.status).toBe(status);
  });

  test('do not take a target that could not be read for one without capacity', () => {
    expect(capacityChecks({}, [{ target: 'eu', weight: 0 }], 'v41')[0]?.status).toBe('unknown');
  });

  test('give a way out unless they pass', () => {
    const all = [
      ...revisionPresentChecks(partly, ['us', 'ap'], 'v41'),
      ...capacityChecks(partly, [{ target: 'us', weight: 5 }], 'v41'),
    ];
    expect(all.map((check) => check.fix)).not.toContain(undefined);
  });

  test('stop at a quarantined revision, with who put it there and why', () => {
    const quarantined = [{ revision: 'v41', because: 'CVE-1', by: 'ada', at: START }];
    expect(quarantineCheck(quarantined, 'v41')).toMatchObject({
      status: 'block',
      overridable: false,
      evidence: 'v41 was quarantined by ada: CVE-1',
    });
    expect(quarantineCheck(quarantined, 'v40').status).toBe('pass');
  });
});
