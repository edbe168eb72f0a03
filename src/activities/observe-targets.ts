import { Context, sleep } from '@temporalio/activity';
import type { ObserveActivities, TargetsContext } from '../contracts/activities';
import type { Census, TargetReading } from '../domain/plan/census';
import { readLimit, whileHeartbeating } from './calls';
import { knownTarget } from './known-target';
import type { KnownTargets } from './known-target';

/**
 * Looks at a service's targets until something changed or the looks are used up. A cancel ends it at once and
 * without an answer: a rollback begins, and what it moves is no release.
 */
export function createObserveTargets(deps: KnownTargets): Pick<ObserveActivities, 'observeTargets'> {
  return {
    observeTargets: ({ known, everyMs, looks, ...context }) =>
      whileHeartbeating(async () => {
        let census: Census = known;
        for (let look = 1; ; look += 1) {
          census = { ...census, ...(await lookAt(deps, context)) };
          if (changed(known, census)) return { census, changed: true };
          if (look >= looks) return { census, changed: false };
          await sleep(everyMs);
        }
      }),
  };
}

/** A target that cannot be read now is looked at again next time; only if none can be read it is a failure. */
async function lookAt(deps: KnownTargets, context: TargetsContext): Promise<Census> {
  const results = await Promise.allSettled(
    context.policy.targets.map(
      async (target) => [target.name, await knownTarget(deps, context, target).observe(readLimit())] as const,
    ),
  );
  Context.current().cancellationSignal.throwIfAborted();
  const readings = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (readings.length === 0 && failed) throw failed.reason;
  return Object.fromEntries(readings);
}

/** A change is another share of some revision; capacity and time of reading always differ a little. */
function changed(known: Census, census: Census): boolean {
  return Object.keys(census).some((target) => sharesOf(known[target]) !== sharesOf(census[target]));
}

function sharesOf(reading: TargetReading | undefined): string {
  const shares = (reading?.revisions ?? []).map(({ revision, weight }) => `${revision}=${weight}`);
  return shares.toSorted().join(' ');
}
