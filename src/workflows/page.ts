import { CancellationScope } from '@temporalio/workflow';
import { rollbackId, statusView } from '../domain/rollback';
import { tell } from './proxies';
import type { Run } from './run';

/** Pages people about what it waits for, without holding anything up. */
export function pageWait(run: Run): void {
  const view = statusView(run.state);
  page(run, view.wait?.reason ?? view.doing, view.wait?.text ?? view.next);
}

/** Pages people, or only informs them; a failure to reach them is logged and holds nothing up. */
export function page(run: Run, subject: string, text: string, level: 'info' | 'page' = 'page'): void {
  const { state } = run;
  if (!state.policy) return;
  const id = rollbackId(state.request);
  const notification = {
    policy: state.policy,
    id: `${id}/${run.nextPage()}`,
    rollback: id,
    level,
    title: `${state.request.environment}/${state.request.service}: ${subject}`,
    text,
    at: state.now,
  };
  // The move that paged may be interrupted; what people were to be told stays true and reaches them.
  run.detach(CancellationScope.nonCancellable(() => tell.notify(notification)));
}
