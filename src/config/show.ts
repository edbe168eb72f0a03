import type { ServicePolicy } from '../domain/policy/policy';
import { formatDuration } from './duration';
import { isShort } from './short-metrics';
import { memberOf } from './policy-text';
import { environmentFor } from './environments';
import type { LoadedConfig } from './load';
import { pathText } from './problem';

/** One value in force, and where it came from. */
export interface ShownValue {
  /** Whose it is and its path as the file writes it: `prod/checkout timing.interval`. */
  readonly path: string;
  readonly value: string;
  /** `line 12`, `default`, or `set haproxy (line 12)` for what a short form means. */
  readonly from: string;
}

type Path = readonly (string | number)[];

/** Every value of the gateway, of every environment and of every working service, in the file's own words, with where it came from. */
export function showConfig(loaded: LoadedConfig): readonly ShownValue[] {
  const { problems: _problems, ...gateway } = loaded.gateway;
  const services = loaded.services.flatMap((policy) => {
    const whose = `${policy.environment}/${policy.service}`;
    return leaves(asWritten(policy), whose, ['services', loaded.source.indexes.get(policy) ?? -1], loaded);
  });
  const environments = loaded.environments.flatMap((name) => {
    const found = environmentFor(loaded, name);
    if (!found.ok) return [];
    const { automaticAtOnce, commonCause, notify } = found.policy;
    const written = { automaticAtOnce, commonCause: inDurations(commonCause), notify };
    return leaves(written, `environment ${name}`, ['environments', name], loaded);
  });
  return [...leaves(gateway, 'gateway', ['gateway'], loaded), ...environments, ...services];
}

function leaves(value: unknown, whose: string, above: Path, loaded: LoadedConfig): readonly ShownValue[] {
  const walk = (inner: unknown, path: Path): readonly ShownValue[] => {
    if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0) {
      const isList = Array.isArray(inner);
      return Object.entries(inner).flatMap(([key, next]) => walk(next, [...path, isList ? Number(key) : key]));
    }
    const inFile = [...above, ...path];
    const from = originOf(inFile, loaded);
    const shown = typeof inner === 'string' ? inner : JSON.stringify(inner);
    return [{ path: `${whose} ${pathText(path)}`, value: shown, from }];
  };
  return walk(value, []);
}

function originOf(inFile: Path, { source: { text } }: LoadedConfig): string {
  if (text.valueAt(inFile) !== undefined) return `line ${text.locate(inFile).line}`;
  const [list, index, key] = inFile;
  if (list !== 'services' || key !== 'metrics') return 'default';
  const metrics = ['services', index ?? -1, 'metrics'];
  const short = text.valueAt(metrics);
  if (!isShort(short)) return 'default';
  const use = memberOf(short, 'use');
  return `${typeof use === 'string' ? `set ${use}` : 'counter'} (line ${text.locate(metrics, 'key').line})`;
}

/** A policy in the shape of its stanza: adapters flat, times as durations. */
function asWritten(policy: ServicePolicy): object {
  const { service: name, targets, metrics, alerts, timing, hash: _hash, ...rest } = policy;
  return {
    name,
    ...rest,
    targets: targets.map(({ adapter, ...own }) => ({ ...own, ...adapter })),
    // The bound stands in what the provider was given.
    metrics: metrics.map(({ provider, boundSeconds: _bound, ...own }) => ({ ...own, ...provider })),
    alerts: inDurations(alerts),
    timing: inDurations(timing),
  };
}

function inDurations(values: object): object {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]: [string, unknown]) =>
      key.endsWith('Ms') && typeof value === 'number' ? [key.slice(0, -2), formatDuration(value)] : [key, value],
    ),
  );
}
