import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { TemporalSetupError } from './errors';
import type { PayloadKeys } from './payload-keys';
import { PAYLOAD_KEYS } from './payload-keys';

const SEALED = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

/**
 * Seals payloads with AES-256-GCM before they leave the process. The layout is that of Temporal's own samples (nonce,
 * ciphertext, tag; the key's id in the metadata), so that their codec servers open it. What is not sealed passes through.
 */
export class SealingCodec implements PayloadCodec {
  private readonly keys: PayloadKeys;

  constructor(keys: PayloadKeys) {
    this.keys = keys;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => this.seal(payload));
  }

  /** Throws `PAYLOAD_KEY_MISSING` for a key that is not given, `PAYLOAD_UNREADABLE` for one that does not fit. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (text(payload.metadata?.encoding) === SEALED ? this.open(payload) : payload));
  }

  private seal(payload: Payload): Payload {
    const { sealing } = this.keys;
    if (sealing === undefined) return payload;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.keyOf(sealing), nonce);
    const plain = temporal.api.common.v1.Payload.encode(payload).finish();
    const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { metadata: { encoding: Buffer.from(SEALED), [KEY_ID]: Buffer.from(sealing) }, data };
  }

  private open(payload: Payload): Payload {
    const id = text(payload.metadata?.[KEY_ID]);
    const key = this.keyOf(id);
    const data = Buffer.from(payload.data ?? []);
    try {
      const opener = createDecipheriv(ALGORITHM, key, data.subarray(0, NONCE_BYTES));
      opener.setAuthTag(data.subarray(-TAG_BYTES));
      const plain = Buffer.concat([opener.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), opener.final()]);
      return temporal.api.common.v1.Payload.decode(plain);
    } catch (error) {
      throw new TemporalSetupError(
        'PAYLOAD_UNREADABLE',
        `What Temporal keeps was not sealed with our key ${id}, or was changed since. Check ${PAYLOAD_KEYS}: two keys may have the same id.`,
        error,
      );
    }
  }

  private keyOf(id: string): Uint8Array {
    const key = this.keys.keys.get(id);
    if (key) return key;
    const ours = [...this.keys.keys.keys()].join(', ');
    throw new TemporalSetupError(
      'PAYLOAD_KEY_MISSING',
      `What Temporal keeps is sealed with key ${id}, which is not given here${ours === '' ? '' : ` (${ours} is)`}. Add it to ${PAYLOAD_KEYS}; nothing is lost meanwhile.`,
    );
  }
}
