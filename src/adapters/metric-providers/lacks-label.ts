import { labelsOf } from './graphite-paths';

/**
 * What a source with these settings, as they are written, would need so that anything could be told apart by this label;
 * undefined where only its data can say whether they have it.
 */
export function lacksLabel(config: Readonly<Record<string, unknown>>, label: string): string | undefined {
  if (config.type !== 'graphite') return undefined;
  const paths = [config.requests, config.bad].filter((path) => typeof path === 'string');
  // Tags are what series were sent with.
  if (paths.length === 0) return undefined;
  return paths.some((path) => labelsOf(path).includes(label) || path.includes(`{${label}}`))
    ? undefined
    : `{label:${label}} in the paths of "requests" and "bad", where a node of them is its value`;
}
