import type { StatusView } from '../rollback/status-view';
import type { Row } from './block';
import { renderDescribedBlock } from './described-block';
import type { DescribedStatus } from './described-block';
import { renderStatusBlock } from './status-block';
import type { BlockOptions } from './status-block';
import { plain } from './text';
import { formatAge } from './time';

/** Work of a rollback that nobody has picked up. */
export interface WaitingWork {
  /** The step, as its activity is called. */
  readonly step: string;
  /** Since when it lies there; epoch milliseconds. */
  readonly since: number;
  /** Whether any worker polls where it lies: if so, all of them are full. */
  readonly workerAlive: boolean;
}

/** What somebody who could be reached has told of a rollback: itself, or Temporal in its place. */
export type SeenStatus =
  | { readonly kind: 'live'; readonly view: StatusView; readonly waiting?: WaitingWork }
  | { readonly kind: 'described'; readonly described: DescribedStatus };

/** What can be seen of a rollback now. `lastKnown`: Temporal is away, and this is what was seen before. */
export type StatusSnapshot =
  | SeenStatus
  | { readonly kind: 'lastKnown'; readonly seen: SeenStatus; readonly seenAt: number; readonly because: string }
  | { readonly kind: 'notFound' };

/** A snapshot as people read it, in terminal and page alike. */
export function renderSnapshot(snapshot: StatusSnapshot, options: BlockOptions): string {
  switch (snapshot.kind) {
    case 'live':
      return renderStatusBlock(snapshot.view, { ...options, ...trouble(waitingRow(snapshot.waiting, options.now)) });
    case 'described':
      return renderDescribedBlock(snapshot.described, options);
    case 'lastKnown':
      return renderLastKnown(snapshot, options);
    case 'notFound':
      return 'not found';
  }
}

function renderLastKnown(
  { seen, seenAt, because }: Extract<StatusSnapshot, { kind: 'lastKnown' }>,
  options: BlockOptions,
): string {
  const age = formatAge(options.now - seenAt);
  const lines = [
    `Temporal does not answer: ${plain(because)}`,
    `this is what was last known, ${age} old; nothing is lost: it goes on when Temporal is back`,
  ];
  const row = { label: 'engine', lines };
  if (seen.kind === 'live') return renderStatusBlock(seen.view, { ...options, trouble: row });
  return renderDescribedBlock(seen.described, { ...options, trouble: row });
}

function waitingRow(waiting: WaitingWork | undefined, now: number): Row | undefined {
  if (!waiting) return undefined;
  const why = waiting.workerAlive ? 'every worker is full; run more of them' : 'no worker is alive; start one';
  const since = formatAge(now - waiting.since);
  return { label: 'engine', lines: [`waiting for a worker: ${plain(waiting.step)} lies there for ${since}; ${why}`] };
}

function trouble(row: Row | undefined): Pick<BlockOptions, 'trouble'> {
  return row ? { trouble: row } : {};
}
