import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { pairsOf } from './history-pairs';

/** One played rollback. */
interface Recorded {
  readonly title: string;
  readonly handle: WorkflowHandle;
}

/** Stores the histories that add a pair which those before them lack; the first run of a rollback that continued too. */
export async function recordHistories(plays: readonly Recorded[]): Promise<void> {
  const covered = new Set<string>();
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
      const name = `${String((stored += 1)).padStart(2, '0')}-${title
        .replace(/[^a-z0-9]+/gi, '-')
        .toLowerCase()
        .slice(0, 60)}-${index}.json.gz`;
      writeFileSync(join(__dirname, 'histories', name), gzipSync(JSON.stringify(history)));
    }
  }
}
