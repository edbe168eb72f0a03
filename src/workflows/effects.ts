import { isCancellation } from '@temporalio/workflow';
import type { RunContext } from '../contracts/activities';
import type { EffectOrder, EffectReport } from '../domain/rollback';
import { causeOf } from './faults';
import { act, watchEvery } from './proxies';
import type { Run } from './run';

type Orders = readonly EffectOrder[];

/** Asks every target for capacity, then watches until it is there or the policy's patience is over. */
export async function prepareTargets(run: Run, context: RunContext, orders: Orders): Promise<readonly EffectReport[]> {
  const { epoch } = run.state;
  const asked = await Promise.all(
    orders.map((order) => reported(order, 'withdrawn', () => act.prepare({ ...context, epoch, order }))),
  );
  const waitingFor = asked.filter((report) => report.outcome === 'done' || report.outcome === 'alreadyInState');
  if (waitingFor.length === 0) return asked;
  const weights = waitingFor.map(({ order }) => ({ target: order.target, weight: order.desired }));
  const { intervalMs, capacityMs } = context.policy.timing;
  try {
    const seen = await watchEvery(intervalMs).awaitCapacity({ ...context, weights, timeoutMs: capacityMs });
    return asked.map((report) => ({ ...report, reading: seen.census[report.order.target] ?? report.reading }));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return asked.map((report) => ({ ...report, outcome: 'withdrawn' }));
  }
}

/** All targets of a phase at once; each has its own result. */
export async function shiftTargets(run: Run, context: RunContext, orders: Orders): Promise<readonly EffectReport[]> {
  const { epoch } = run.state;
  // An earlier attempt may have reached the target before the cancel came: only reading back can tell.
  return Promise.all(orders.map((order) => reported(order, 'unknown', () => act.shift({ ...context, epoch, order }))));
}

/** One target back as it was. */
export async function unwindTarget(run: Run, context: RunContext, order: EffectOrder): Promise<EffectReport> {
  const { epoch } = run.state;
  return reported(order, 'unknown', () => act.unwind({ ...context, epoch, order }));
}

async function reported(
  order: EffectOrder,
  whenCancelled: 'withdrawn' | 'unknown',
  effect: () => Promise<EffectReport>,
): Promise<EffectReport> {
  try {
    return await effect();
  } catch (error) {
    if (isCancellation(error)) return { order, outcome: whenCancelled };
    return { order, outcome: 'failed', detail: causeOf(error).detail };
  }
}
