import type { RollbackCommand } from '../contracts/messages';
import type { EnvironmentView } from '../domain/environment/view';
import { rollbackId } from '../domain/rollback/request';
import type { RollbackRef } from '../domain/rollback/request';
import type { Answer, ListedRollback, PausedAll, ServiceName } from './answers';

/** What a pause of everything asks of the client. */
export interface PauseDoor {
  list(filter: {
    readonly environment: string;
    readonly live: true;
    readonly limit: number;
  }): Promise<readonly ListedRollback[]>;
  environment(name: string): Promise<EnvironmentView | undefined>;
  latest(name: ServiceName): Promise<RollbackRef | undefined>;
  tellRollback(ref: RollbackRef, command: RollbackCommand): Promise<Answer>;
}

const AT_ONCE = 20;
const MOST = 10_000;
/** Far more than a list lags behind. */
const FRESH_MS = 30_000;

/**
 * Pauses every live rollback of an environment: those of the list, which lags a little, and those that the environment
 * knows of, which are the automatic ones and what services have begun that alerted just now.
 */
export async function pauseAll(door: PauseDoor, environment: string, command: RollbackCommand): Promise<PausedAll> {
  const [listed, view] = await Promise.all([
    door.list({ environment, live: true, limit: MOST }),
    door.environment(environment),
  ]);
  const known = new Map<string, RollbackRef>(
    [...listed, ...(view?.automatic ?? [])].map((ref) => [rollbackId(ref), ref]),
  );
  const named = new Set([...known.values()].map(({ service }) => service));
  const fresh = (view?.alerting ?? []).filter(
    ({ service, at }) => !named.has(service) && view && view.asOf - at < FRESH_MS,
  );
  const begun = await each(fresh, ({ service }) => door.latest({ environment, service }));
  for (const ref of begun) if (ref) known.set(rollbackId(ref), ref);
  const rollbacks = await each([...known.values()], async ({ service, number }) => {
    const ref = { environment, service, number };
    return { ...ref, answer: await door.tellRollback(ref, command) };
  });
  // What the environment still counts may have ended, and the last rollback of a service that alerts long ago.
  const met = rollbacks.filter(({ answer }) => !(answer.kind === 'refused' && answer.code === 'ENDED'));
  return { rollbacks: met, ...(view ? {} : { listedOnly: true as const }) };
}

/** Some at a time, so that hundreds do not meet the server in one instant. */
async function each<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    results.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))));
  }
  return results;
}
