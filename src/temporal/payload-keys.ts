import { readFileSync } from 'node:fs';
import { TemporalSetupError } from './errors';

/** Where the keys stand in the environment: as they are, or in a file. */
export const PAYLOAD_KEYS = 'PHASED_ROLLBACK_PAYLOAD_KEYS';
export const PAYLOAD_KEYS_FILE = 'PHASED_ROLLBACK_PAYLOAD_KEYS_FILE';

/** The keys that payloads are sealed with. Every one opens what it has sealed; at most one seals. */
export interface PayloadKeys {
  /** Id of the key that seals; absent when what is new shall stay readable. */
  readonly sealing?: string;
  /** 32 bytes each, by id. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
}

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;
const SEAL_NOTHING = 'none';
const HOW_TO =
  'Write id:key, a comma between two; each key is 32 random bytes in base64 (openssl rand -base64 32); the first seals, all of them open, and "none" in front seals nothing.';

/**
 * Reads `id:base64,id:base64,…`; the first key seals, all of them open, and `none` in the first place seals nothing.
 * Undefined when no keys are given. Throws `SETTINGS_INVALID`, which names the place and never a key.
 */
export function readPayloadKeys(env: Readonly<Record<string, string | undefined>>): PayloadKeys | undefined {
  const text = keysText(env);
  if (text === undefined) return undefined;
  const entries = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const [first] = entries;
  if (first === undefined) throw invalid('is empty');
  const keys = new Map<string, Uint8Array>();
  const given = first === SEAL_NOTHING ? entries.slice(1) : entries;
  for (const [index, entry] of given.entries()) addKey(keys, entry, index + 1);
  const [sealing] = keys.keys();
  return first === SEAL_NOTHING || sealing === undefined ? { keys } : { sealing, keys };
}

function addKey(keys: Map<string, Uint8Array>, entry: string, place: number): void {
  const cut = entry.indexOf(':');
  const id = entry.slice(0, Math.max(cut, 0));
  if (!KEY_ID.test(id)) throw invalid(`has no id before a colon for key ${place}`);
  if (keys.has(id)) throw invalid(`has two keys with the id ${id}`);
  const base64 = entry.slice(cut + 1);
  const key = Buffer.from(base64, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw invalid(`has a key ${id} that is not base64`);
  if (key.length !== KEY_BYTES) throw invalid(`has a key ${id} of ${key.length} bytes instead of ${KEY_BYTES}`);
  keys.set(id, key);
}

function keysText(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = env[PAYLOAD_KEYS_FILE];
  if (!file) return env[PAYLOAD_KEYS] || undefined;
  if (env[PAYLOAD_KEYS]) throw invalid(`and ${PAYLOAD_KEYS_FILE} are both set: keep one of them`);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TemporalSetupError(
      'SETTINGS_INVALID',
      `${PAYLOAD_KEYS_FILE} names ${file}, which cannot be read. Correct the path, or let this process read it.`,
      error,
    );
  }
}

function invalid(what: string): TemporalSetupError {
  return new TemporalSetupError('SETTINGS_INVALID', `${PAYLOAD_KEYS} ${what}. ${HOW_TO}`);
}
