import type { LoadedConfig } from '../../config';
import type { ServicePolicy } from '../../domain/policy/policy';
import type { Door, ServiceName } from '../door';
import type { Examined, Finding } from '../examination';
import { lazy } from '../lazy';
import { alertFindings } from './alerts';
import { addedCheckFindings } from './checks';
import { memoryFindings } from './memory';
import { metricFindings } from './metrics';
import { fine, knownGoodOf, pairOf, readTargets, slotsIn, textOf, withSlots } from './picture';
import type { Memory } from './picture';
import { targetFindings } from './targets';
import { tryShifts } from './try-shift';

/** One service that is examined. */
export interface ServiceExamined extends Examined {
  readonly service: ServiceName;
  /** Whether every target is to set the share that it serves already. */
  readonly tryShift: boolean;
  openDoor(): Promise<Door>;
}

/** Looks at all that a rollback of one service would need, from here; only a shift that was asked for writes anything. */
export async function examineService(examined: ServiceExamined): Promise<readonly Finding[]> {
  const { environment, service } = examined.service;
  const { loadConfigFile, policyFor } = lazy.config();
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfigFile(examined.configFile);
  } catch (error) {
    return [{ state: 'bad', what: 'policy file', seen: textOf(error), fix: 'phased-rollback init' }];
  }
  const found = policyFor(loaded, environment, service);
  if (!found.ok)
    return [{ state: 'bad', what: 'policy', seen: found.error, fix: 'mend it, then phased-rollback config validate' }];
  return throughTemporal(examined, (ask) => examinePolicy(examined, loaded, found.policy, ask));
}

async function examinePolicy(
  examined: ServiceExamined,
  loaded: LoadedConfig,
  policy: ServicePolicy,
  ask: () => Promise<Memory>,
): Promise<readonly Finding[]> {
  const { createAdapters, resolveSecret } = lazy.adapters();
  const now = (): number => examined.now();
  const memory = await ask();
  const adapters = withSlots(createAdapters({ resolveSecret, log: { info: () => undefined }, now }), slotsIn(memory));
  const read = await readTargets(adapters, policy.targets);
  const pair = pairOf(read.census, knownGoodOf(memory));
  const name = `${policy.environment}/${policy.service}`;
  const picture = { name, policy, loaded, adapters, memory, ...read, now, ...(pair ? { pair } : {}) };
  const looks = await Promise.all([targetFindings(picture), metricFindings(picture), addedCheckFindings(picture)]);
  return [
    fine(name, `pace ${policy.pace}, policy ${policy.hash}`),
    ...memoryFindings(picture),
    ...alertFindings(picture),
    ...looks.flat(),
    ...(examined.tryShift ? await tryShifts(picture, ask) : []),
  ];
}

/** With a way to ask the service itself, which says so where nobody answers. */
async function throughTemporal<T>(
  { service, openDoor }: ServiceExamined,
  work: (ask: () => Promise<Memory>) => Promise<T>,
): Promise<T> {
  let door: Door;
  try {
    door = await openDoor();
  } catch (error) {
    const away: Memory = { kind: 'away', because: textOf(error) };
    return work(() => Promise.resolve(away));
  }
  const ask = async (): Promise<Memory> => {
    try {
      const view = await door.serviceView(service);
      return view ? { kind: 'known', view } : { kind: 'silent' };
    } catch (error) {
      return { kind: 'away', because: textOf(error) };
    }
  };
  try {
    return await work(ask);
  } finally {
    await door.close();
  }
}
