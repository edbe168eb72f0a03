import { condition, defineQuery, defineSignal, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import { alertSignal, endedSignal, rollbackCommandSignal, slotsSignal } from '../../../src/contracts/definitions';
import type { AlertMessage, RollbackEnded } from '../../../src/contracts/messages';
import type { Command } from '../../../src/domain/rollback/command';
import type { SlotRecord } from '../../../src/domain/service/slots';
import { serviceId } from '../../../src/domain/rollback/request';
import type { RollbackRequest } from '../../../src/domain/rollback/request';

export { environment } from '../../../src/workflows/environment';
export { service } from '../../../src/workflows/service';

/** What a stub rollback was started with and told. */
export interface Told {
  readonly request: RollbackRequest;
  readonly alerts: AlertMessage[];
  readonly commands: Command[];
  readonly slots: SlotRecord[];
}

/** Ends a stub rollback, with a last word to its service or silently. */
export const finishSignal = defineSignal<[Partial<RollbackEnded> | 'silently']>('finish');
export const toldQuery = defineQuery<Told>('told');

/** Stands in for the rollback: remembers what it is told and ends when the test says so. */
export async function rollback({ request }: { readonly request: RollbackRequest }): Promise<void> {
  const told: Told = { request, alerts: [], commands: [], slots: [] };
  let finish: Partial<RollbackEnded> | 'silently' | undefined;
  setHandler(alertSignal, (message) => void told.alerts.push(message));
  setHandler(rollbackCommandSignal, (command) => void told.commands.push(command));
  setHandler(slotsSignal, (slots) => void told.slots.push(slots));
  setHandler(toldQuery, () => told);
  setHandler(finishSignal, (how) => void (finish = how));
  await condition(() => finish !== undefined);
  if (finish === undefined || finish === 'silently') return;
  const { environment, service, number } = request;
  await getExternalWorkflowHandle(serviceId(request)).signal(endedSignal, {
    ref: { environment, service, number },
    end: { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED', text: 'eu 100 % on v41' },
    fromRevision: 'v42',
    toRevision: 'v41',
    uncovered: [],
    at: Date.now(),
    ...finish,
  });
}
