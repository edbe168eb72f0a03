import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { dataConverterOf, isSealing } from '../../src/temporal/data-converter';
import { PAYLOAD_KEYS, PAYLOAD_KEYS_FILE, readPayloadKeys } from '../../src/temporal/payload-keys';
import { SealingCodec } from '../../src/temporal/sealing-codec';
import { newFolder, removeFolders } from './helpers';

afterAll(removeFolders);

const key = (): string => randomBytes(32).toString('base64');
const A = `a:${key()}`;
const B = `b:${key()}`;
const codec = (keys: string): SealingCodec => new SealingCodec(readPayloadKeys({ [PAYLOAD_KEYS]: keys })!);
const payload = (value: unknown) => defaultPayloadConverter.toPayload(value);
const value = (of: Parameters<typeof defaultPayloadConverter.fromPayload>[0]): unknown =>
  defaultPayloadConverter.fromPayload(of);

describe('the keys in the environment', () => {
  it('are read in their order: the first seals, all of them open', () => {
    const read = readPayloadKeys({ [PAYLOAD_KEYS]: ` ${A} , ${B}` });
    expect(read?.sealing).toBe('a');
    expect([...(read?.keys.keys() ?? [])]).toEqual(['a', 'b']);
  });

  it('are optional, and may stand in a file', () => {
    expect(readPayloadKeys({})).toBeUndefined();
    expect(readPayloadKeys({ [PAYLOAD_KEYS]: '' })).toBeUndefined();
    const file = join(newFolder(), 'keys');
    writeFileSync(file, `${A}\n${B}\n`);
    expect(readPayloadKeys({ [PAYLOAD_KEYS_FILE]: file })?.sealing).toBe('a');
  });

  it('open only, behind "none"', () => {
    const read = readPayloadKeys({ [PAYLOAD_KEYS]: `none,${A}` });
    expect(read).toMatchObject({ keys: expect.any(Map) as unknown });
    expect(read?.sealing).toBeUndefined();
    expect(isSealing(dataConverterOf({ [PAYLOAD_KEYS]: `none,${A}` }))).toBe(false);
    expect(isSealing(dataConverterOf({ [PAYLOAD_KEYS]: A }))).toBe(true);
    expect(dataConverterOf({})).toEqual({});
  });

  const SHORT = Buffer.from('too short to be a key').toString('base64');
  it.each([
    ['a key without an id', key(), /no id before a colon for key 1/],
    ['two keys of one id', `${A},${A}`, /two keys with the id a/],
    ['a key that is not base64', 'a:!not-base64!', /a key a that is not base64/],
    ['a short key', `a:${SHORT}`, /a key a of 21 bytes instead of 32/],
    ['nothing but separators', ' , ', /is empty/],
  ])('are refused for %s, in words that show no key', (_what, keys, said) => {
    const refused = (): unknown => readPayloadKeys({ [PAYLOAD_KEYS]: keys });
    expect(refused).toThrow(expect.objectContaining({ code: 'SETTINGS_INVALID' }));
    expect(refused).toThrow(said);
    for (const secret of keys.split(/[:,]/).filter((part) => part.trim().length > 8))
      expect(refused).not.toThrow(secret);
  });

  it('are refused when they are given twice, or in a file that is not there', () => {
    expect(() => readPayloadKeys({ [PAYLOAD_KEYS]: A, [PAYLOAD_KEYS_FILE]: '/x' })).toThrow(/are both set/);
    expect(() => readPayloadKeys({ [PAYLOAD_KEYS_FILE]: '/not/there' })).toThrow(/names \/not\/there, which cannot/);
  });
});

describe('a sealed payload', () => {
  it('shows nothing but the id of its key, and is opened by every process that has the key', async () => {
    const [sealed] = await codec(A).encode([payload({ token: 'hush' })]);
    expect(Buffer.from(sealed!.metadata!['encryption-key-id']!).toString()).toBe('a');
    expect(Buffer.from(sealed!.data!).toString('latin1')).not.toContain('hush');
    const [opened] = await codec(`${B},${A}`).decode([sealed!]);
    expect(value(opened!)).toEqual({ token: 'hush' });
  });

  it('is never the same twice', async () => {
    const [one, other] = await codec(A).encode([payload('x'), payload('x')]);
    expect(Buffer.from(one!.data!).equals(Buffer.from(other!.data!))).toBe(false);
  });

  it('passes what was written before there were keys, and seals nothing behind "none"', async () => {
    const plain = payload('readable');
    expect(await codec(A).decode([plain])).toEqual([plain]);
    expect(await codec(`none,${A}`).encode([plain])).toEqual([plain]);
    const sealed = await codec(A).encode([plain]);
    expect(value((await codec(`none,${A}`).decode(sealed))[0]!)).toBe('readable');
  });

  it('names the key that is missing, and says so when it was changed or another key has its id', async () => {
    const [sealed] = await codec(A).encode([payload('x')]);
    await expect(codec(B).decode([sealed!])).rejects.toMatchObject({
      code: 'PAYLOAD_KEY_MISSING',
      message: expect.stringContaining('sealed with key a, which is not given here (b is)') as string,
    });
    await expect(codec(`a:${key()}`).decode([sealed!])).rejects.toMatchObject({ code: 'PAYLOAD_UNREADABLE' });
    const data = Buffer.from(sealed!.data!);
    data[20] = (data[20] ?? 0) ^ 1;
    await expect(codec(A).decode([{ ...sealed!, data }])).rejects.toMatchObject({ code: 'PAYLOAD_UNREADABLE' });
  });
});
