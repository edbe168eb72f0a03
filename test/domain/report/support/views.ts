import type { StatusView } from '../../../../src/domain/rollback/status-view';

/** 2026-11-23T03:06:00Z. */
export const NOW = 1_795_403_160_000;

const MINUTE_MS = 60_000;

/** A rollback that is being watched in its second phase. */
export function movingView(change: Partial<StatusView> = {}): StatusView {
  return {
    id: 'rollback/prod/checkout/7',
    environment: 'prod',
    service: 'checkout',
    number: 7,
    fromRevision: 'v42',
    toRevision: 'v41',
    stage: 'moving',
    doing: 'WATCHING',
    phase: { number: 2, of: 4, name: 'us 10 %' },
    startedAt: NOW - 15 * MINUTE_MS,
    trigger: 'critical alert "checkout 5xx > 10 %"',
    targets: [
      { name: 'eu', weight: 100, planned: undefined, inExtent: true, readBackAt: NOW - 8_000, unknown: false },
      { name: 'us', weight: 10, planned: 10, inExtent: true, readBackAt: NOW - 8_000, unknown: false },
      { name: 'ap', weight: 0, planned: undefined, inExtent: false, unknown: false },
    ],
    moved: 55,
    failing: {
      current: { requests: 23_600, bad: 1_204 },
      stable: { requests: 9_100, bad: 18 },
      windowMs: 60_000,
      at: NOW - 8_000,
    },
    lastChange: { at: NOW - 108_000, text: 'us → 10 %, read back' },
    next: 'us 100 % by itself unless v41 gets worse',
    paused: false,
    youCan: ['now', 'pause', 'abort'],
    asOf: NOW - 1_000,
    ...change,
  };
}

/** The same rollback, waiting. */
export function waitingView(
  wait: Pick<NonNullable<StatusView['wait']>, 'id' | 'for' | 'reason' | 'text' | 'options'> &
    Partial<NonNullable<StatusView['wait']>>,
  change: Partial<StatusView> = {},
): StatusView {
  return movingView({
    stage: 'waiting',
    doing: 'WAITING',
    youCan: ['now', 'pause', 'unwind', 'abort'],
    wait: {
      since: NOW - 2 * MINUTE_MS - 5_000,
      costPerMinute: 1_222,
      byItself: 'nothing moves by itself; people are reminded',
      deadline: NOW + 13 * MINUTE_MS,
      ...wait,
    },
    ...change,
  });
}
