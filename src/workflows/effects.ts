import { isCancellation, sleep } from '@temporalio/workflow';
import type { RunContext } from '../contracts/activities';
import type { EffectOrder, EffectReport } from '../domain/rollback';
import { causeOf } from './faults';
import { act, watchEvery } from './proxies';
import type { Run } from './run';

/** Between two times that a target is asked which is on its way; each of them goes along for some seconds. */
const ASKS_AGAIN_AFTER_MS = 1_000;

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
  return Promise.all(orders.map((order) => carried(order, context, () => act.shift({ ...context, epoch, order }))));
}

/** One target back as it was. */
export async function unwindTarget(run: Run, context: RunContext, order: EffectOrder): Promise<EffectReport> {
  const { epoch } = run.state;
  return carried(order, context, () => act.unwind({ ...context, epoch, order }));
}

/** Asks on while the target is on its way, for as long as the policy has patience; then it is a fault. */
async function carried(
  order: EffectOrder,
  { policy }: RunContext,
  effect: () => Promise<EffectReport>,
): Promise<EffectReport> {
  const patienceEnds = Date.now() + policy.timing.capacityMs;
  for (;;) {
    const { goesOn, ...report } = await reported(order, 'unknown', effect);
    if (!goesOn) return report;
    const late = Date.now() >= patienceEnds;
    if (late)
      return { ...report, outcome: 'failed', detail: `still on its way: ${report.detail ?? 'nothing is known'}` };
    const ended = await reported(order, 'unknown', () => sleep(ASKS_AGAIN_AFTER_MS).then(() => report));
    if (ended !== report) return ended;
  }
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
