import { readdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { weightOf } from '../../../src/domain/plan/census';
import { describeDeploymentTarget } from '../../contract/deployment-target.contract';
import { settled, shift, soon } from '../../contract/target-requests';
import { FLAG, flagdTarget, flagFile, ON_FOR_ALL } from './support/flag-file';
import type { FlagFile } from './support/flag-file';

describeDeploymentTarget({
  name: 'flagd',
  async create() {
    const file = await flagFile();
    let seen = await servedBy(file);
    let changes = 0;
    return {
      target: file.target,
      name: 'eu',
      secrets: [],
      misbehave: (how) => (how === undefined ? Promise.resolve() : rename(file.path, `${file.path}.away`)),
      async changes() {
        const now = await servedBy(file);
        if (now !== seen) changes += 1;
        seen = now;
        return changes;
      },
      close: file.close,
    };
  },
  skip: [
    { reason: 'a flag is split in percent', tests: ['units'] },
    { reason: 'nothing is made ready, so that no number of it is kept', tests: ['room'] },
    { reason: 'the file does not tell which clients have heard of it', tests: ['lagging'] },
    {
      reason: 'whether a file was replaced is known, which is shown on its own',
      tests: ['hang', 'unreadable', 'oversized'],
    },
    { reason: 'a file has no address and no will of its own', tests: ['redirect', 'refuse'] },
    { reason: 'no secret is used; who may not use a file is shown on its own', tests: ['unauthorized', 'telltale'] },
  ],
});

async function servedBy(file: FlagFile): Promise<string> {
  const { metadata: _metadata, ...served } = await file.flag();
  return JSON.stringify(served);
}

describe('a flag of flagd', () => {
  let file: FlagFile;
  beforeEach(async () => {
    file = await flagFile();
  });
  afterEach(() => file.close());

  it('tells revisions by its metadata, and else by the names of its variants', async () => {
    const named = await file.target.observe(soon());
    expect(named.revisions).toEqual([
      { revision: 'v42', weight: 100, readyCapacity: 100, readyInstances: 1, knownAs: ['on'] },
      { revision: 'v41', weight: 0, readyCapacity: 100, readyInstances: 1, knownAs: ['off'] },
    ]);
    const plain = await flagFile({ ...ON_FOR_ALL, metadata: undefined });
    expect((await plain.target.observe(soon())).revisions.map(({ revision }) => revision)).toEqual(['on', 'off']);
    await plain.close();
  });

  it('keeps everything else in the file as it was', async () => {
    const before = await file.text();
    await file.target.shift(shift(), soon());
    const after = await file.text();
    const { [FLAG]: _moved, ...others } = flagsOf(after);
    const { [FLAG]: _flag, ...othersBefore } = flagsOf(before);
    expect(others).toEqual(othersBefore);
    expect(await file.flag()).toMatchObject({ state: 'ENABLED', metadata: ON_FOR_ALL.metadata, defaultVariant: 'on' });
    expect(after).toMatch(/^\{\n {2}"flags"[^]*\}\n$/);
    expect(await readdir(dirname(file.path))).toEqual(['flags.json']);
  });

  it('gives users without a key the old variant with the last step, and the suspect again with an unwind', async () => {
    await file.target.shift(shift({ desired: 50 }), soon());
    expect(await file.flag()).toMatchObject({ defaultVariant: 'on' });
    await file.target.shift(shift({ number: 3, desired: 100, expected: 50 }), soon());
    expect(await file.flag()).toMatchObject({ defaultVariant: 'off' });
    await file.target.shift(shift({ number: 4, desired: 50, expected: 100 }), soon());
    expect(await file.flag()).toMatchObject({ defaultVariant: 'on' });
  });

  it('replaces the file once for an effect that is asked for again, also by another worker', async () => {
    await file.target.shift(shift(), soon());
    const first = await stat(file.path, { bigint: true });
    const again = await flagdTarget(file.path).shift(shift(), soon());
    expect(again.outcome).toBe('alreadyInState');
    const second = await stat(file.path, { bigint: true });
    expect([second.ino, second.mtimeNs]).toEqual([first.ino, first.mtimeNs]);
  });

  it('says that somebody else changed what it had done', async () => {
    await file.target.shift(shift(), soon());
    await writeFile(file.path, (await file.text()).replace(/75/, '100').replace(/25(?=\s*\])/, '0'));
    const again = await file.target.shift(shift(), soon());
    expect(again).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('somebody else changed it') });
  });

  it('lets one of many workers at once make each step', async () => {
    const workers = Array.from({ length: 20 }, () => flagdTarget(file.path));
    const results = await Promise.all(
      // Each has to have its turn at the lock, which may take longer than one call.
      workers.map((target, at) => settled(() => target.shift(shift({ number: 2 + at, desired: 5 + at }), soon()))),
    );
    const done = results.filter(({ outcome }) => outcome === 'done');
    expect(done).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === 'conflict')).toHaveLength(19);
    expect((await file.target.observe(soon())).revisions).toEqual(done[0]?.observed?.revisions);
  });

  it('follows a link to the file, and leaves the link there', async () => {
    const link = join(dirname(file.path), 'link.json');
    await symlink(file.path, link);
    expect((await flagdTarget(link).shift(shift(), soon())).outcome).toBe('done');
    expect(weightOf(await file.target.observe(soon()), 'v41')).toBe(25);
  });
});

function flagsOf(text: string): Readonly<Record<string, unknown>> {
  return (JSON.parse(text) as { flags: Record<string, unknown> }).flags;
}
