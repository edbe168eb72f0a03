import type { Archive } from '../../src/ports';
import { withSubject } from './with-subject';

/** What every `Archive` promises. */
export function describeArchive(suite: {
  readonly name: string;
  readonly create: () => Promise<{ readonly archive: Archive; readonly close: () => Promise<void> }>;
}): void {
  const tested = withSubject(() => suite.create());
  const promises = (title: string, body: (archive: Archive) => Promise<void>): void =>
    tested(title, ({ archive }) => body(archive));
  const signal = new AbortController().signal;
  const id = 'rollback/prod/checkout/1';

  describe(`${suite.name} as an archive`, () => {
    promises('gives back what was stored, letter by letter', async (archive) => {
      const documents = { 'report.md': '# Größe: 42 %\r\n\n', 'journal.json': '[]', 'empty.txt': '' };
      expect(await archive.store(id, documents, signal)).toEqual(expect.stringMatching(/\S/));
      expect(await archive.load(id, signal)).toEqual(documents);
    });
    promises('stores the same twice as once', async (archive) => {
      const place = await archive.store(id, { 'report.md': 'a' }, signal);
      expect(await archive.store(id, { 'report.md': 'a' }, signal)).toBe(place);
      expect(await archive.load(id, signal)).toEqual({ 'report.md': 'a' });
    });
    promises('replaces the whole of what was stored, leaving no document behind', async (archive) => {
      await archive.store(id, { 'report.md': 'a', 'old.json': '{}' }, signal);
      await archive.store(id, { 'report.md': 'b' }, signal);
      expect(await archive.load(id, signal)).toEqual({ 'report.md': 'b' });
    });
    promises('keeps ids apart', async (archive) => {
      await archive.store(id, { 'report.md': '1' }, signal);
      await archive.store('rollback/prod/checkout/11', { 'report.md': '11' }, signal);
      expect(await archive.load(id, signal)).toEqual({ 'report.md': '1' });
    });
    promises('knows nothing of an id under which nothing was stored', async (archive) => {
      await archive.store(id, { 'report.md': '1' }, signal);
      expect(await archive.load('rollback/prod/checkout/2', signal)).toBeUndefined();
      expect(await archive.load('rollback/prod/checkout', signal)).toBeUndefined();
    });
  });
}
