import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { CURRENT_RULES } from '../../src/domain/rollback/rules';
import { pairsOf } from './history-pairs';
import { historiesUnder } from './stored';

/** One played rollback. */
interface Recorded {
  readonly title: string;
  readonly handle: WorkflowHandle;
}

/**
 * Stores the histories of a suite that add a pair which those before them lack; the first run of a rollback that continued
 * too. They replace what that suite had made under the same rules; those of earlier rules stay.
 */
export async function recordHistories(suite: string, plays: readonly Recorded[]): Promise<void> {
  const mark = `rules-${CURRENT_RULES}-${suite}-`;
  const known = historiesUnder(CURRENT_RULES);
  for (const { name } of known.filter((stored) => basename(stored.name).startsWith(mark))) rmSync(name);
  const covered = new Set(historiesUnder(CURRENT_RULES).flatMap(({ history }) => [...pairsOf(history)]));
  let stored = 0;
  for (const { title, handle } of plays) {
    const { raw } = await handle.describe();
    const firstRun = raw.workflowExecutionInfo?.firstRunId ?? undefined;
    const runs = firstRun === undefined ? [handle] : [handle.client.getHandle(handle.workflowId, firstRun), handle];
    for (const [index, run] of runs.entries()) {
      const history: unknown = JSON.parse(historyToJSON(await run.fetchHistory()));
      const added = [...pairsOf(history)].filter((pair) => !covered.has(pair));
      if (added.length === 0) continue;
      for (const pair of added) covered.add(pair);
      const name = `${mark}${String((stored += 1)).padStart(2, '0')}-${title
        .replace(/[^a-z0-9]+/gi, '-')
        .toLowerCase()
        .slice(0, 60)}-${index}.json.gz`;
      writeFileSync(join(__dirname, 'histories', name), gzipSync(JSON.stringify(history)));
    }
  }
}
