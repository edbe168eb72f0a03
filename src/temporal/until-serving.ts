import { connect as connectSocket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { TemporalSetupError, textOf } from './errors';
import type { TemporalSetupCode } from './errors';
import { setUp } from './set-up';

const SERVES_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 25;
const NOT_YET: ReadonlySet<TemporalSetupCode> = new Set(['ADDRESS_UNREACHABLE', 'NO_ANSWER_IN_TIME']);

/** A server that has just been started. */
export interface Starting {
  readonly address: string;
  readonly namespace: string;
  readonly retentionDays?: number;
  /** Gives up, without waiting for the time limit. */
  readonly signal: AbortSignal;
}

/** Resolves when the namespace can be used, search attributes and retention included; rejects after a minute. */
export async function untilServing(starting: Starting): Promise<void> {
  const deadline = Date.now() + SERVES_WITHIN_MS;
  // gRPC waits a whole second after a refused connection, so it is not asked before the port is open.
  while (!(await isOpen(starting.address))) await pause(starting, deadline, 'the port did not open');
  const connection = Connection.lazy({ address: starting.address });
  try {
    for (;;) {
      try {
        await connection.withDeadline(Date.now() + 1000, () =>
          connection.workflowService.describeNamespace({ namespace: starting.namespace }),
        );
        await setUp({ ...starting, connection });
        return;
      } catch (error) {
        // One that comes back to much work may answer one question and let the next wait.
        if (error instanceof TemporalSetupError && !NOT_YET.has(error.code)) throw error;
        await pause(starting, deadline, textOf(error));
      }
    }
  } finally {
    await connection.close();
  }
}

async function pause({ signal }: Starting, deadline: number, trouble: string): Promise<void> {
  if (Date.now() > deadline) throw new Error(`it did not serve within ${SERVES_WITHIN_MS / 1000} s (${trouble})`);
  await delay(LOOK_EVERY_MS, undefined, { signal });
}

function isOpen(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connectSocket({ host, port: Number(port) });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
