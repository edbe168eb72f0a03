import type { ServicePolicy } from '../domain/policy/policy';
import { RetryableError } from '../ports';
import type { Notification } from '../ports';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';

/** Tells everybody whom the policy names. One that refuses for good does not keep another from being tried again. */
export async function tellAll(
  deps: Pick<ActivityDependencies, 'adapters'>,
  policy: ServicePolicy,
  notification: Notification,
): Promise<void> {
  const told = await Promise.allSettled(
    policy.notify.map(async (config) => deps.adapters.notifier(config).notify(notification, readLimit())),
  );
  const failures = told.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw failures.find((reason) => reason instanceof RetryableError) ?? failures[0];
}
