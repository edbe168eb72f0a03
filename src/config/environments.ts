import type { EnvironmentPolicy } from '../domain/environment/policy';
import type { AdapterConfig } from '../domain/policy/policy';
import { DEFAULTS } from './defaults';
import type { LoadedConfig } from './load';
import type { ConfigProblem } from './problem';
import { canonicalJson } from './to-policy';

/**
 * What the file says of an environment, defaults filled in; one that it does not name has the defaults. A problem in
 * the part about environments is an error for all of them: limits that were meant are not guessed.
 */
export function environmentFor(
  loaded: LoadedConfig,
  environment: string,
): { readonly ok: true; readonly policy: EnvironmentPolicy } | { readonly ok: false; readonly error: string } {
  const problem = loaded.problems.find(isAboutEnvironments);
  if (problem) return { ok: false, error: `line ${problem.line}, ${problem.path}: ${problem.message}` };
  const entry = loaded.environmentEntries[environment] ?? {};
  const { automaticAtOnce, commonCause } = DEFAULTS.environments;
  return {
    ok: true,
    policy: {
      environment,
      automaticAtOnce: entry.automaticAtOnce ?? automaticAtOnce,
      commonCause: {
        services: entry.commonCause?.services ?? commonCause.services,
        withinMs: entry.commonCause?.within ?? commonCause.withinMs,
      },
      notify: entry.notify ?? everybody(loaded, environment),
    },
  };
}

/** Problems that keep the part about environments from being read; none where the file is broken as a whole. */
function isAboutEnvironments({ path }: ConfigProblem): boolean {
  return /^environments\b/.test(path);
}

/** A channel that many services share is told once. */
function everybody(loaded: LoadedConfig, environment: string): readonly AdapterConfig[] {
  const channels = loaded.services
    .filter((policy) => policy.environment === environment)
    .flatMap(({ notify }) => notify);
  const distinct = [...new Map(channels.map((channel) => [canonicalJson(channel), channel])).values()];
  return distinct.length > 0 ? distinct : DEFAULTS.notify;
}
