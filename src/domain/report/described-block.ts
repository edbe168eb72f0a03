import { PROGRAM } from './answers';
import type { Row } from './block';
import { renderRows } from './block';
import type { BlockOptions } from './status-block';
import { plain } from './text';
import { formatAge, formatTime, formatWhen } from './time';

/** What can be said of a rollback that does not answer itself. */
export interface DescribedStatus {
  readonly environment: string;
  readonly service: string;
  readonly number: number;
  /**
   * `noWorker`: nobody picks up its work. `stuck`: its workflow task keeps failing. `silent`: it did not answer in
   * time. `closed`: it is over and cannot be asked any more.
   */
  readonly condition: 'noWorker' | 'stuck' | 'silent' | 'closed';
  /** The last stage it recorded. */
  readonly stage?: string;
  /** Why it waited or ended, where it recorded that. */
  readonly reason?: string;
  /** The last known weights in a few words. */
  readonly weights?: string;
  /** Epoch milliseconds. */
  readonly startedAt?: number;
  /** When that was recorded; epoch milliseconds. */
  readonly recordedAt?: number;
  /** What is under way or failing, in words. */
  readonly detail?: string;
}

/** Why a rollback does not answer, in a sentence's words. */
export function whyUnanswered({ condition, detail }: Pick<DescribedStatus, 'condition' | 'detail'>): string {
  return `${SAID[condition]}${detail ? ` (${plain(detail)})` : ''}`;
}

const SAID: Readonly<Record<DescribedStatus['condition'], string>> = {
  noWorker: 'no worker is alive; it is read when one runs',
  stuck: 'it is stuck; it is read when that is mended',
  silent: 'it did not answer in time',
  closed: 'it is over and reads nothing any more',
};

const HEAD: Readonly<Record<DescribedStatus['condition'], string>> = {
  noWorker: 'NO WORKER ALIVE',
  stuck: 'STUCK',
  silent: 'DOES NOT ANSWER',
  closed: 'CLOSED',
};

const NEXT: Readonly<Record<DescribedStatus['condition'], string>> = {
  noWorker: 'nothing moves until a worker runs; then it goes on where it stopped. Commands are kept and applied then',
  stuck: 'nothing moves until it is mended; commands are kept and applied then',
  silent: 'unknown: it may still move. Ask again, or look whether a worker is alive',
  closed: 'nothing: it is over and moves nothing any more',
};

/** The block of a rollback that does not answer: what was last known, and whether anything can still move. */
export function renderDescribedBlock(described: DescribedStatus, options: BlockOptions): string {
  const { now, command = PROGRAM } = options;
  const since = described.startedAt === undefined ? '' : `   started ${formatWhen(described.startedAt, now)}`;
  const rows: Row[] = [
    {
      label: `${described.environment}/${described.service}/${described.number}`,
      lines: [`${HEAD[described.condition]}${since}`],
    },
    { label: 'last known', lines: [lastKnown(described, now)] },
  ];
  if (described.detail) rows.push({ label: 'seen', lines: [plain(described.detail)] });
  if (options.trouble) rows.push(options.trouble);
  rows.push({ label: 'next', lines: [NEXT[described.condition]] });
  rows.push({ label: 'you can', lines: waysOut(described, command) });
  return renderRows(rows, options.width);
}

function lastKnown(described: DescribedStatus, now: number): string {
  const { stage, reason, weights, recordedAt } = described;
  const facts = [stage, reason, weights]
    .filter((fact) => fact !== undefined && fact !== '')
    .map((fact) => plain(fact ?? ''));
  const age = recordedAt === undefined ? '' : `   as of ${formatTime(recordedAt)}, ${formatAge(now - recordedAt)} old`;
  return facts.length > 0 ? `${facts.join(' · ')}${age}` : 'nothing recorded';
}

function waysOut(described: DescribedStatus, program: string): readonly string[] {
  const name = `${described.environment}/${described.service}/${described.number}`;
  switch (described.condition) {
    case 'noWorker':
      return [`${program} worker        start one`, `${program} doctor        find out why there is none`];
    case 'stuck':
    case 'silent':
      return [`${program} doctor        find out why`];
    case 'closed':
      return [`${program} report ${name}        read what it left`];
  }
}
