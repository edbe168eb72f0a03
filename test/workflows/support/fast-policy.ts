import type { ServicePolicy } from '../../../src/domain/policy/policy';
import { POLICY } from '../../domain/rollback/support/fixtures';

/** Times short enough for tests; every rule is the same. */
export const FAST_POLICY: ServicePolicy = {
  ...POLICY,
  metrics: [{ name: 'errors', kind: 'errors', provider: { type: 'fake' }, objective: 0.02 }],
  notify: [{ type: 'fake' }],
  timing: {
    ...POLICY.timing,
    intervalMs: 100,
    settleMs: 0,
    // Of no test's concern that does not set its own: a few late looks must not end a bake.
    longestBakeMs: 60_000,
    soakMs: 300,
    noDataMs: 1_000,
    quietMs: 1_000,
    capacityMs: 1_000,
    approvalMs: 60_000,
    reminderMs: 60_000,
  },
};
