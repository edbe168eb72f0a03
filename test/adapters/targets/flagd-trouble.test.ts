import { execFileSync } from 'node:child_process';
import { open, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EffectResult } from '../../../src/ports';
import { prepare, shift, soon, within } from '../../contract/target-requests';
import { flagdTarget, flagFile, ON_FOR_ALL } from './support/flag-file';
import type { FlagFile } from './support/flag-file';

describe('a file of flags that is not as it should be', () => {
  let file: FlagFile;
  beforeEach(async () => {
    file = await flagFile();
  });
  afterEach(() => file.close());

  it('waits for who holds the lock, and says who when time is over, with nothing changed', async () => {
    const before = await file.text();
    await writeFile(`${file.path}.lock`, 'process 7 on elsewhere\n');
    await expect(file.target.shift(shift(), within(1_000))).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('process 7 on elsewhere'),
    });
    expect(await file.text()).toBe(before);
    const waiting = file.target.shift(shift(), soon());
    await rm(`${file.path}.lock`);
    expect((await waiting).outcome).toBe('done');
  });

  it('takes the lock of a worker that died with it', async () => {
    const lock = `${file.path}.lock`;
    await writeFile(lock, 'process 7 on elsewhere\n');
    const longAgo = Date.now() / 1_000 - 60;
    await utimes(lock, longAgo, longAgo);
    expect((await file.target.shift(shift(), soon())).outcome).toBe('done');
    expect(await readdir(dirname(file.path))).toEqual(['flags.json']);
  });

  it('ends soon after its signal where the file system does not answer, and calls the effect unknown', async () => {
    await rm(file.path);
    execFileSync('mkfifo', [file.path]);
    expect(await file.target.shift(shift(), within(1_000))).toMatchObject({
      outcome: 'unknown',
      detail: expect.stringContaining('does not answer'),
    });
    await expect(file.target.observe(within(1_000))).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      retryable: true,
    });
    await (await open(file.path, 'r+')).close();
  });

  it.each([
    ['no JSON', 'flags: none', 'TARGET_ANSWER_UNREADABLE'],
    ['a list', '[]', 'TARGET_ANSWER_UNREADABLE'],
    ['too long', `{"flags":{}}${' '.repeat(9_000_000)}`, 'TARGET_ANSWER_UNREADABLE'],
    ['without the flag', '{"flags":{}}', 'TARGET_MISCONFIGURED'],
  ])('is an error where it is %s, and is never written', async (_name, text, code) => {
    await writeFile(file.path, text);
    await expect(file.target.observe(soon())).rejects.toMatchObject({ code });
    await expect(file.target.shift(shift(), soon())).rejects.toMatchObject({ code });
    expect(await file.text()).toBe(text);
  });

  it('says that trying again is no use for a worker that may not write it', async () => {
    // Where not even root may make a file.
    await expect(flagdTarget('/sys/kernel/fscaps').shift(shift(), soon())).rejects.toMatchObject({
      code: 'TARGET_UNAUTHORIZED',
      retryable: false,
    });
  });

  it.each([
    ['is disabled', { state: 'DISABLED' }, 'enable it'],
    ['has other rules', { targeting: { if: [{ '==': [1, 1] }, 'on', 'off'] } }, 'plain "fractional"'],
    [
      'has weights that are computed',
      {
        targeting: {
          fractional: [
            ['on', { var: 'x' }],
            ['off', 1],
          ],
        },
      },
      'whole weights',
    ],
    ['puts all into one bucket', { targeting: { fractional: ['all', ['on', 1], ['off', 1]] } }, 'tells users apart'],
    [
      'serves what is no variant',
      {
        targeting: {
          fractional: [
            ['new', 1],
            ['off', 1],
          ],
        },
      },
      '"new"',
    ],
    ['has one revision twice', { metadata: { 'revision.on': 'v41', 'revision.off': 'v41' } }, 'two of its variants'],
    ['leaves it to the code', { defaultVariant: undefined }, 'defaultVariant'],
  ])('names the way out where the flag %s', async (_name, change, way) => {
    const odd = await flagFile({ ...ON_FOR_ALL, ...change });
    const before = await odd.text();
    const problem = { code: 'TARGET_MISCONFIGURED', message: expect.stringContaining(way) };
    await expect(odd.target.observe(soon())).rejects.toMatchObject(problem);
    await expect(odd.target.shift(shift(), soon())).rejects.toMatchObject(problem);
    expect(await odd.text()).toBe(before);
    await odd.close();
  });

  it('refuses what would move users of a third variant, with the way out', async () => {
    const odd = await flagFile({
      ...ON_FOR_ALL,
      variants: { on: true, off: false, beta: true },
      targeting: {
        fractional: [
          ['on', 50],
          ['beta', 10],
          ['off', 40],
        ],
      },
    });
    const refused: EffectResult = await odd.target.shift(shift({ desired: 50, expected: 40 }), soon());
    expect(refused).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('beside each other') });
    expect(await odd.target.check({ from: 'v42', to: 'v41' }, soon())).toMatchObject({ ok: false });
    await odd.close();
  });

  it('refuses to prepare a revision that no variant stands for', async () => {
    const revision = { from: 'v42', to: 'v13' };
    const result = await file.target.prepare(prepare({ revision }), soon());
    expect(result).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('revision.<variant>') });
  });

  it('asks to remove a damaged record of effects', async () => {
    const damaged = { ...ON_FOR_ALL.metadata, phasedRollback: 'x' };
    const odd = await flagFile({ ...ON_FOR_ALL, metadata: damaged });
    await expect(odd.target.shift(shift(), soon())).rejects.toMatchObject({
      code: 'TARGET_MISCONFIGURED',
      message: expect.stringContaining('remove it'),
    });
    await odd.close();
  });
});
