import type { ClientConnectConfig } from '@temporalio/envconfig';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { TemporalSetupError, textOf } from './errors';

/** Which Temporal to talk to; what is given overrides TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE. */
export interface ConnectOptions {
  readonly address?: string;
  readonly namespace?: string;
  /** Takes nothing from the environment or a profile file: no TLS, no key. For the embedded server. */
  readonly plain?: boolean;
  /** The environment to read instead of the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The settings in force, with the defaults filled in. */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** False when nobody named an address, so that the default one is only a guess. */
  readonly addressGiven: boolean;
  readonly connectionOptions: ClientConnectConfig['connectionOptions'];
}

/**
 * Reads address, namespace, TLS and API key from the SDK's standard environment variables (and its profile file).
 * Throws `TemporalSetupError` `SETTINGS_INVALID`, for example for a certificate file that does not exist.
 */
export function temporalSettings(options: ConnectOptions = {}): TemporalSettings {
  const loaded = options.plain ? { connectionOptions: {} } : load(options.env);
  const address = options.address ?? loaded.connectionOptions.address;
  const settled = address ?? 'localhost:7233';
  return {
    address: settled,
    namespace: options.namespace ?? loaded.namespace ?? 'default',
    addressGiven: address !== undefined,
    connectionOptions: { ...loaded.connectionOptions, address: settled },
  };
}

function load(env: ConnectOptions['env']): ClientConnectConfig {
  try {
    return loadClientConnectConfig({ overrideEnvVars: setOnly(env ?? process.env) });
  } catch (error) {
    throw new TemporalSetupError(
      'SETTINGS_INVALID',
      `The TEMPORAL_* settings cannot be used: ${textOf(error)}. Correct the variable or the profile file it names.`,
      error,
    );
  }
}

/** A variable set to nothing is one that is not set. */
function setOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value ? [[key, value]] : [])));
}
