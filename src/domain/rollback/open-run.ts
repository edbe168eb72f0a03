import type { RollbackRequest } from './request';
import type { RunState } from './state';

/**
 * The state of a run that has just been started. `now` is workflow time and becomes the run's epoch; `rules` are those
 * that its history says it began under.
 */
export function openState(request: RollbackRequest, now: number, rules: number): RunState {
  const state: RunState = {
    rules,
    request,
    epoch: now,
    now,
    course: request.course,
    cold: request.cold ?? false,
    acceptIrreversible: request.acceptIrreversible ?? false,
    waitsOpened: 0,
    planVersion: 0,
    planIsOld: false,
    overridden: [],
    phases: [],
    skipped: [],
    adopted: [],
    gone: [],
    census: {},
    origin: {},
    effectNumbers: {},
    unknown: [],
    unread: {},
    touched: [],
    unwound: [],
    soakedMs: 0,
    finalCensus: false,
    alerts: request.trigger.kind === 'alert' ? request.trigger.alerts : [],
    alertsOutside: [],
    movesBegun: 0,
    outcomes: [],
    journal: [],
    traffic: [],
    nowPrepared: false,
    bakeExtensions: 0,
  };
  return { ...state, journal: [startEntry(request, now)] };
}

function startEntry(request: RollbackRequest, now: number): RunState['journal'][number] {
  const { trigger } = request;
  switch (trigger.kind) {
    case 'person':
      return {
        at: now,
        kind: 'command',
        text: `started by ${trigger.by}`,
        by: trigger.by,
        reason: trigger.reason,
        times: 1,
      };
    case 'alert': {
      const first = trigger.alerts[0];
      return { at: now, kind: 'alert', text: first ? `${first.severity} alert "${first.title}"` : 'alert', times: 1 };
    }
  }
}
