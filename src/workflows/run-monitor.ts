import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import { rollbackId } from '../domain/rollback/request';
import type { LiveRollback } from '../domain/service/state';
import { LOOKS, monitorEvery } from './service-proxies';

/** The look at a live run that goes on beside a service's loop, in one activity instead of a timer and a question a minute. */
export class RunMonitor {
  private current: { readonly of: string; readonly scope: CancellationScope } | undefined;
  private againAt = 0;

  get isUnderWay(): boolean {
    return this.current !== undefined;
  }

  /** Monitors this run as it is known now, unless that is under way or has just failed. */
  begin(live: LiveRollback, everyMs: number): void {
    const isStuck = live.stuckSince !== undefined;
    const of = `${rollbackId(live)} ${isStuck ? 'stuck' : 'well'}`;
    if (this.current?.of === of) return;
    this.end();
    if (Date.now() < this.againAt) return;
    const { environment, service, number } = live;
    const scope = new CancellationScope({ cancellable: true });
    const begun = { of, scope };
    this.current = begun;
    const monitored = scope.run(() =>
      monitorEvery(everyMs).monitorRun({ ref: { environment, service, number }, isStuck, everyMs, looks: LOOKS }),
    );
    void monitored
      .catch((error: unknown) => {
        if (isCancellation(error)) return;
        this.againAt = Date.now() + everyMs;
        log.warn('a live run could not be monitored', { rollback: rollbackId(live), error: String(error) });
      })
      .finally(() => {
        if (this.current === begun) this.current = undefined;
      });
  }

  /** Ends it where there is one; whether the activity hears of it does not matter. */
  end(): void {
    this.current?.scope.cancel();
    this.current = undefined;
  }
}
