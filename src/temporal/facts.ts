import type { Attempt, TemporalBinary } from './find-binary';
import { cachedBinaryPath, goVersion } from './binary-tools';
import { textOf } from './errors';
import { findInCache, findOnPath } from './find-binary';
import { temporalSettings } from './settings';
import { CLI_VERSION, TESTED_SERVERS } from './versions';

/** What is known about Temporal on this machine, for `doctor`. */
export interface TemporalFacts {
  /** The cluster that the settings name; undefined when the embedded server would be used. */
  readonly configured?: { readonly address: string; readonly namespace: string };
  /** Why the settings cannot be read. */
  readonly settingsProblem?: string;
  /** The binary that the embedded server would be started from. */
  readonly binary?: TemporalBinary;
  /** Binaries that are there and would not be used, or places without one. */
  readonly passedOver: readonly Attempt[];
  readonly go?: string;
  readonly cachePath: string;
  readonly testedServers: typeof TESTED_SERVERS;
  /** What to do next; empty when nothing is missing. */
  readonly advice: readonly string[];
}

/** Looks, and changes nothing: no download, no build, no connection. */
export async function temporalFacts(env: NodeJS.ProcessEnv = process.env): Promise<TemporalFacts> {
  const passedOver: Attempt[] = [];
  const settings = readSettings(env);
  const binary = (await findOnPath(env, passedOver)) ?? (await findInCache(env, passedOver));
  const go = await goVersion(env);
  const facts = {
    ...settings,
    binary,
    passedOver,
    go,
    cachePath: cachedBinaryPath(env),
    testedServers: TESTED_SERVERS,
  };
  return { ...facts, advice: advise(facts) };
}

function readSettings(env: NodeJS.ProcessEnv): Pick<TemporalFacts, 'configured' | 'settingsProblem'> {
  try {
    const { address, namespace, addressGiven } = temporalSettings({ env });
    return addressGiven ? { configured: { address, namespace } } : {};
  } catch (error) {
    return { settingsProblem: textOf(error) };
  }
}

function advise(facts: Pick<TemporalFacts, 'configured' | 'settingsProblem' | 'binary' | 'go'>): string[] {
  if (facts.settingsProblem) return [facts.settingsProblem];
  if (facts.configured || facts.binary) return [];
  return facts.go
    ? [`The first start downloads Temporal ${CLI_VERSION}, or builds it with ${facts.go} (about 5 minutes, once).`]
    : [
        `The first start downloads Temporal ${CLI_VERSION} from temporal.download.`,
        'Without access to it: install Go 1.25 or newer, put `temporal` on the PATH, or set TEMPORAL_ADDRESS.',
      ];
}
