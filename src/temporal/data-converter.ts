import type { DataConverter } from '@temporalio/common';
import { readPayloadKeys } from './payload-keys';
import { SealingCodec } from './sealing-codec';

/**
 * How payloads are turned into bytes, for clients and workers alike: readable, or sealed where the environment gives
 * keys. Throws `SETTINGS_INVALID` for keys that cannot be used.
 */
export function dataConverterOf(env: Readonly<Record<string, string | undefined>> = process.env): DataConverter {
  const keys = readPayloadKeys(env);
  if (!keys) return {};
  const payloadCodecs = [new SealingCodec(keys)];
  return keys.sealing === undefined ? { payloadCodecs } : { payloadCodecs, ...sealedFailures() };
}

/** Whether what these workers write is sealed: then their workflows must seal their failures too. */
export function isSealing(converter: DataConverter): boolean {
  return converter.failureConverterPath !== undefined;
}

function sealedFailures(): Pick<DataConverter, 'failureConverterPath'> {
  return { failureConverterPath: require.resolve('./sealed-failures') };
}
