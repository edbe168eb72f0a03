import type { ServicePolicy } from '../domain/policy/policy';
import { RetryableError } from '../ports';
import type { Notification } from '../ports';
import type { ActivityDependencies } from './dependencies';

/** Tells everybody whom the policy names, each within a limit of its own. One that refuses for good does not keep another from being tried again. */
export async function tellAll(
  deps: Pick<ActivityDependencies, 'adapters'>,
  policy: Pick<ServicePolicy, 'notify'>,
  notification: Notification,
  limit: () => AbortSignal,
): Promise<void> {
  const told = await Promise.allSettled(
    policy.notify.map(async (config) => deps.adapters.notifier(config).notify(notification, limit())),
  );
  const failures = told.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw failures.find((reason) => reason instanceof RetryableError) ?? failures[0];
}
