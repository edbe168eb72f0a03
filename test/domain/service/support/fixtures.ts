import type { Alert } from '../../../../src/domain/alert/alert';
import type { Census } from '../../../../src/domain/plan/census';
import type { ServicePolicy } from '../../../../src/domain/policy/policy';
import { countAlert, startedRollback } from '../../../../src/domain/service/accounting';
import { recordOutcome } from '../../../../src/domain/service/ending';
import type { Ended } from '../../../../src/domain/service/ending';
import { openService } from '../../../../src/domain/service/state';
import type { PolicySlice, ServiceState } from '../../../../src/domain/service/state';
import { POLICY, START, alert, request } from '../../rollback/support/fixtures';

export { POLICY, START, alert };

export const MINUTE_MS = 60_000;

/** The policy's slice, with its alert settings changed. */
export function slice(
  alerts: Partial<ServicePolicy['alerts']> = {},
  change: Partial<ServicePolicy> = {},
): PolicySlice & { ok: true } {
  return { ok: true, policy: { ...POLICY, ...change, alerts: { ...POLICY.alerts, ...alerts } } };
}

export const INVALID: PolicySlice = { ok: false, error: 'services[0].targets: none' };

export function opened(change: Partial<ServiceState> = {}): ServiceState {
  return { ...openService('prod', 'checkout'), ...change };
}

/** A service whose rollback 1 runs since START, begun by the fixture's alert. */
export function withLive(state: ServiceState = opened(), by: Alert = alert()): ServiceState {
  const started = { ...request(), number: state.nextNumber };
  return startedRollback(countAlert(state, by, { kind: 'start', request: started }, START), started, START);
}

export function ended(number: number, change: Partial<Ended> = {}): Ended {
  return {
    ref: { environment: 'prod', service: 'checkout', number },
    end: { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED', text: 'eu 100 % · us 100 % on v41' },
    fromRevision: 'v42',
    toRevision: 'v41',
    uncovered: [],
    at: START + 10 * MINUTE_MS,
    ...change,
  };
}

/** The service of `withLive` after its rollback. */
export function afterRollback(change: Partial<Ended> = {}): ServiceState {
  return recordOutcome(withLive(), ended(1, change));
}

/** A census in which each target serves one revision at full weight. */
export function serving(revisions: Readonly<Record<string, string>>, at: number = START): Census {
  return Object.fromEntries(
    Object.entries(revisions).map(([target, revision]) => [
      target,
      { target, at, revisions: [{ revision, weight: 100, readyCapacity: 100, readyInstances: 2 }] },
    ]),
  );
}
