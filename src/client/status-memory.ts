import type { SeenStatus, StatusSnapshot } from '../domain/report';
import { rollbackId } from '../domain/rollback/request';
import type { RollbackRef } from '../domain/rollback/request';
import { ClientError } from './errors';
import type { RollbackClient } from './rollback-client';

/** Rollbacks whose last status is kept. */
const REMEMBERED = 1_000;

interface Looked {
  readonly at: number;
  readonly answer: Promise<SeenStatus | { readonly kind: 'notFound' }>;
}

/** Looks at rollbacks for any number of viewers, and remembers what was last seen for when Temporal is away. */
export class StatusMemory {
  private readonly client: Pick<RollbackClient, 'status'>;
  private readonly now: () => number;
  private readonly shareMs: number;
  private readonly looks = new Map<string, Looked>();
  private readonly seen = new Map<string, { readonly status: SeenStatus; readonly at: number }>();

  /** `shareMs`: a look that is at most this old serves further viewers too. */
  constructor(options: {
    readonly client: Pick<RollbackClient, 'status'>;
    readonly now: () => number;
    readonly shareMs?: number;
  }) {
    this.client = options.client;
    this.now = options.now;
    this.shareMs = options.shareMs ?? 0;
  }

  /** The rollback's status now; what was seen last when Temporal is away, and its error when nothing was ever seen. */
  async status(ref: RollbackRef): Promise<StatusSnapshot> {
    const id = rollbackId(ref);
    try {
      const status = await this.look(id, ref);
      if (status.kind !== 'notFound') this.remember(id, status);
      return status;
    } catch (error) {
      const known = this.seen.get(id);
      if (!known || !(error instanceof ClientError) || error.code !== 'TEMPORAL_UNAVAILABLE') throw error;
      return { kind: 'lastKnown', seen: known.status, seenAt: known.at, because: error.message };
    }
  }

  private look(id: string, ref: RollbackRef): Looked['answer'] {
    const last = this.looks.get(id);
    if (last && this.now() - last.at < this.shareMs) return last.answer;
    const answer = this.client.status(ref);
    put(this.looks, id, { at: this.now(), answer });
    return answer;
  }

  private remember(id: string, status: SeenStatus): void {
    put(this.seen, id, { status, at: this.now() });
  }
}

/** Puts an entry last and drops the one that was put first when there are too many. */
function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const [first] = map.keys();
  if (map.size > REMEMBERED && first !== undefined) map.delete(first);
}
