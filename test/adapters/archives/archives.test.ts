import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createAdapters } from '../../../src/adapters';
import type { Archive } from '../../../src/ports';
import { describeArchive } from '../../contract/archive.contract';
import { testDependencies } from '../support/dependencies';

const signal = new AbortController().signal;

async function temporary(): Promise<{ folder: string; archive: Archive; readonly close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'archive-'));
  const archive = createAdapters(testDependencies()).archive({ type: 'directory', path: join(folder, 'inner') });
  return { folder, archive, close: () => rm(folder, { recursive: true }) };
}

describeArchive({ name: 'directory', create: temporary });
describeArchive({
  name: 'in-memory',
  async create() {
    const archive = createAdapters(testDependencies()).archive({ type: 'in-memory' });
    return { archive, close: () => Promise.resolve() };
  },
});

describe('the directory archive', () => {
  it('never writes outside its folder, whatever the id and the names are', async () => {
    const { folder, archive, close } = await temporary();
    const piece = fc.constantFrom('..', '.', '', '/', 'a', '~', '\0', '../..', '/etc', 'x'.repeat(300), 'A', '.hidden');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 4 }), piece, async (parts, name) => {
        const stored = archive.store(parts.join('/'), { [name]: 'x' }, signal);
        const end = await stored.then(
          () => 'stored',
          (error: { code: unknown }) => error.code,
        );
        expect(['stored', 'ARCHIVE_UNWRITABLE']).toContain(end);
        expect((await readdir(folder)).filter((entry) => entry !== 'inner')).toEqual([]);
      }),
      { numRuns: 100 },
    );
    await close();
  });

  it.each(['../1.md', '../../../../1.md', '/tmp/1.md', 'a/b.md', '..', '', '.hidden'])(
    'refuses a document called %j for good',
    async (name) => {
      const { archive, close } = await temporary();
      const stored = archive.store('rollback/prod/a/1', { 'report.md': 'x', [name]: 'x' }, signal);
      await expect(stored).rejects.toMatchObject({ code: 'ARCHIVE_UNWRITABLE', retryable: false });
      expect(await archive.load('rollback/prod/a/1', signal)).toBeUndefined();
      await close();
    },
  );

  it('stores nothing, and leaves nothing lying about, when it is interrupted', async () => {
    const { folder, archive, close } = await temporary();
    await archive.store('rollback/prod/a/1', { 'report.md': 'old' }, signal);
    const interrupted = archive.store('rollback/prod/a/1', { 'report.md': 'new', 'b.md': 'x' }, AbortSignal.abort());
    await expect(interrupted).rejects.toMatchObject({ code: 'ARCHIVE_UNWRITABLE', retryable: true });
    expect(await archive.load('rollback/prod/a/1', signal)).toEqual({ 'report.md': 'old' });
    expect(await readdir(join(folder, 'inner', 'rollback', 'prod', 'a'))).toEqual(['1']);
    await close();
  });

  it('refuses an id that is the beginning of others rather than replacing them', async () => {
    const { archive, close } = await temporary();
    await archive.store('rollback/prod/a/1', { 'report.md': 'kept' }, signal);
    await expect(archive.store('rollback/prod/a', { 'report.md': 'x' }, signal)).rejects.toMatchObject({
      code: 'ARCHIVE_UNWRITABLE',
      retryable: false,
    });
    expect(await archive.load('rollback/prod/a/1', signal)).toEqual({ 'report.md': 'kept' });
    await close();
  });

  it('says to try again when the folder cannot be made', async () => {
    const { folder, archive, close } = await temporary();
    await writeFile(join(folder, 'inner'), 'a file is in the way');
    const stored = archive.store('rollback/prod/a/1', { 'report.md': 'x' }, signal);
    await expect(stored).rejects.toMatchObject({ code: 'ARCHIVE_UNWRITABLE', retryable: true });
    await close();
  });
});
