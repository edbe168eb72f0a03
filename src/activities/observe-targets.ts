import { Context, sleep } from '@temporalio/activity';
import type { ObserveActivities, TargetsContext } from '../contracts/activities';
import type { Census, TargetReading } from '../domain/plan/census';
import { counted, lasting } from '../domain/service/trouble';
import type { Counted, Look, TroubleWatch } from '../domain/service/trouble';
import { readLimit, whileHeartbeating } from './calls';
import { knownTarget } from './known-target';
import type { KnownTargets } from './known-target';

/** What an error says of itself may be a page long. */
const DETAIL_LENGTH = 300;

/**
 * Looks at a service's targets until something changed, something it was told to notice has lasted, or the looks are used
 * up. A cancel ends it at once and without an answer: a rollback begins, and what it moves is no release.
 */
export function createObserveTargets(deps: KnownTargets): Pick<ObserveActivities, 'observeTargets'> {
  return {
    observeTargets: ({ known, everyMs, looks, watches = [], ...context }) =>
      whileHeartbeating(async () => {
        let census: Census = known;
        let troubles: Counted = [];
        for (let look = 1; ; look += 1) {
          const seen = await lookAt(deps, context, watches);
          census = { ...census, ...seen.census };
          troubles = counted(troubles, seen, watches);
          const isNews = changed(known, census) || lasting(troubles).length > 0;
          if (isNews || look >= looks) return { census, changed: isNews, troubles: lasting(troubles) };
          await sleep(everyMs);
        }
      }),
  };
}

/**
 * A target that cannot be read now is looked at again next time; only if none can be read it is a failure, unless that is
 * to be noticed.
 */
async function lookAt(deps: KnownTargets, context: TargetsContext, watches: readonly TroubleWatch[]): Promise<Look> {
  const { targets } = context.policy;
  const results = await Promise.allSettled(
    targets.map(async (target) => knownTarget(deps, context, target).observe(readLimit())),
  );
  Context.current().cancellationSignal.throwIfAborted();
  const census: Record<string, TargetReading> = {};
  const unreadable: Record<string, string> = {};
  results.forEach((result, index) => {
    const name = targets[index]?.name ?? '';
    if (result.status === 'fulfilled') census[name] = result.value;
    else unreadable[name] = detailOf(result.reason);
  });
  const failed = results.find((result) => result.status === 'rejected');
  const isNoticed = watches.some(({ target, unread }) => unread && target in unreadable);
  if (failed && Object.keys(census).length === 0 && !isNoticed) throw failed.reason;
  return { census, unreadable };
}

function detailOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, DETAIL_LENGTH);
}

/** A change is another share of some revision; capacity and time of reading always differ a little. */
function changed(known: Census, census: Census): boolean {
  return Object.keys(census).some((target) => sharesOf(known[target]) !== sharesOf(census[target]));
}

function sharesOf(reading: TargetReading | undefined): string {
  const shares = (reading?.revisions ?? []).map(({ revision, weight }) => `${revision}=${weight}`);
  return shares.toSorted().join(' ');
}
