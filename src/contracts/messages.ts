import type { Alert } from '../domain/alert/alert';
import type { Command, CommandOutcome } from '../domain/rollback/command';
import type { Ended } from '../domain/service/ending';
import type { ServiceWord } from '../domain/service/word';

/** An alert on its way in; `deliveryId` de-duplicates redeliveries. Signal `alert` of both workflows. */
export interface AlertMessage {
  readonly deliveryId: string;
  readonly alert: Alert;
}

/** What the service workflow can be told; signal `command` of the service workflow. Applied at most once per id. */
export type ServiceCommand = ServiceWord;

/** A run's last word to its service; signal `ended` of the service workflow. */
export type RollbackEnded = Ended;

/** The answer to "what became of my message?"; query `outcome` of both workflows. */
export type MessageOutcome = CommandOutcome;

/** Names of the messages; constants live with the workflows, names are shared by every process. */
export const MESSAGE = {
  alert: 'alert',
  command: 'command',
  ended: 'ended',
  status: 'status',
  outcome: 'outcome',
  state: 'state',
} as const;

/** Re-exported so that a client needs one import for what it sends to a rollback. */
export type RollbackCommand = Command;
