import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { changedSinceReleased, fileSums, releasedHistories, todaysHistories, versionsWithoutHistories } from './stored';

const SCRIPT = join(__dirname, '..', '..', 'scripts', 'keep-histories.js');
const CHANGELOG = join(__dirname, '..', '..', 'CHANGELOG.md');

/** Histories as a release keeps them. */
function released(...versions: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'released-'));
  for (const version of versions) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'a.json.gz'), gzipSync('{"events":[]}'));
    writeFileSync(join(folder, version, 'SHA256SUMS'), fileSums(join(folder, version)));
  }
  return folder;
}

describe('histories of released versions', () => {
  it('are here for every version that the changelog names', () => {
    expect(versionsWithoutHistories(readFileSync(CHANGELOG, 'utf8'))).toEqual([]);
  });

  it('are as they were when they were kept', () => {
    expect(changedSinceReleased()).toEqual([]);
  });

  it('are kept by one command, once for each version', () => {
    const folder = mkdtempSync(join(tmpdir(), 'released-'));
    const keep = (version: string) => spawnSync(process.execPath, [SCRIPT, version, folder], { encoding: 'utf8' });
    expect(keep('0.1.0')).toMatchObject({ status: 0, stdout: expect.stringContaining('of 0.1.0') });
    expect(changedSinceReleased(folder)).toEqual([]);
    expect(releasedHistories(folder).map(({ history }) => history)).toEqual(
      todaysHistories().map(({ history }) => history),
    );
    expect(keep('0.1.0')).toMatchObject({ status: 2, stderr: expect.stringContaining('never changed') });
    expect(keep('next')).toMatchObject({ status: 2, stderr: expect.stringContaining('"next" is no version') });
  });

  it('are missed, and noticed when somebody touches them', () => {
    const folder = released('0.1.0', '0.2.0');
    expect(versionsWithoutHistories('# Changelog\n\n## Unreleased\n\n## 0.3.0\n\n## 0.2.0\n', folder)).toEqual([
      '0.3.0',
    ]);
    expect(changedSinceReleased(folder)).toEqual([]);
    expect(releasedHistories(folder)).toHaveLength(2);
    appendFileSync(join(folder, '0.1.0', 'a.json.gz'), 'x');
    writeFileSync(join(folder, '0.2.0', 'b.json.gz'), '');
    expect(changedSinceReleased(folder)).toEqual(['0.1.0/a.json.gz', '0.2.0/b.json.gz']);
  });
});
