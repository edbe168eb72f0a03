import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const FOLDER = join(__dirname, 'histories');
/** One folder per released version, named like it. */
const RELEASED = join(__dirname, 'released');
const SUMS = 'SHA256SUMS';

/** A history of the rollback workflow as it was recorded. */
export interface StoredHistory {
  readonly name: string;
  readonly history: unknown;
}

/** The histories that today's workflow code has made. */
export function todaysHistories(): readonly StoredHistory[] {
  return historiesIn(FOLDER);
}

/** Those of them that began under these rules; what continues another run has no mark of its own, so the name says it. */
export function historiesUnder(rules: number): readonly StoredHistory[] {
  return todaysHistories().filter(({ name }) => basename(name).startsWith(`rules-${rules}-`));
}

/** The histories that released versions have made. */
export function releasedHistories(folder = RELEASED): readonly StoredHistory[] {
  return versionsIn(folder).flatMap((version) => historiesIn(join(folder, version)));
}

/** The released versions that a changelog names and that have no histories here. */
export function versionsWithoutHistories(changelog: string, folder = RELEASED): readonly string[] {
  const released = [...changelog.matchAll(/^## \[?v?(\d+\.\d+\.\d+)/gm)].map(([, version = '']) => version);
  return released.filter((version) => !versionsIn(folder).includes(version));
}

/** What was changed, added or taken away in the histories of released versions since they were kept. */
export function changedSinceReleased(folder = RELEASED): readonly string[] {
  return versionsIn(folder).flatMap((version) => {
    const kept = join(folder, version);
    const sums = existsSync(join(kept, SUMS)) ? readFileSync(join(kept, SUMS), 'utf8') : '';
    const now = new Set(fileSums(kept).split('\n'));
    const then = new Set(sums.split('\n'));
    const differing = [...now, ...then].filter((line) => now.has(line) !== then.has(line));
    return [...new Set(differing.map((line) => `${version}/${line.slice(66)}`))];
  });
}

/** The lines of `SHA256SUMS` for the histories of a folder, as `sha256sum` writes them. */
export function fileSums(folder: string): string {
  return namesIn(folder)
    .map((name) => {
      const sum = createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex');
      return `${sum}  ${name}\n`;
    })
    .join('');
}

function versionsIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json.gz'))
    .toSorted();
}

function historiesIn(folder: string): readonly StoredHistory[] {
  return namesIn(folder).map((name) => ({
    name: join(folder, name),
    // Written by scripts of ours only.
    history: JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()) as unknown,
  }));
}
