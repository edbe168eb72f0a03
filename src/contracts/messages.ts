import type { Alert } from '../domain/alert/alert';
import type { EnvironmentQuestion } from '../domain/environment/consult';
import type { EnvironmentLimits } from '../domain/environment/policy';
import type { EnvironmentWord } from '../domain/environment/word';
import type { Command, CommandOutcome } from '../domain/rollback/command';
import type { Ended } from '../domain/service/ending';
import type { SlotRecord } from '../domain/service/slots';
import type { ServiceWord } from '../domain/service/word';

/** An alert on its way in; `deliveryId` de-duplicates redeliveries. Signal `alert` of both workflows. */
export interface AlertMessage {
  readonly deliveryId: string;
  readonly alert: Alert;
}

/** What the service workflow can be told; signal `command` of the service workflow. Applied at most once per id. */
export type ServiceCommand = ServiceWord;

/** A service's word to its live run that the release record says something else of its slots; signal `slots`. */
export type SlotsTold = SlotRecord;

/** A run's last word to its service; signal `ended` of the service workflow. */
export type RollbackEnded = Ended;

/** The answer to "what became of my message?"; query `outcome` of both workflows. */
export type MessageOutcome = CommandOutcome;

/** What an environment's workflow can be told; signal `command` of the environment workflow. Applied at most once per id. */
export type EnvironmentCommand = EnvironmentWord;

/** Questions that came together, with the limits that the policy file sets now; answered in their order. */
export interface Consultation {
  readonly limits: EnvironmentLimits;
  readonly questions: readonly EnvironmentQuestion[];
}

/** Names of the messages; constants live with the workflows, names are shared by every process. */
export const MESSAGE = {
  alert: 'alert',
  alerts: 'alerts',
  command: 'command',
  ended: 'ended',
  slots: 'slots',
  status: 'status',
  outcome: 'outcome',
  state: 'state',
  consult: 'consult',
} as const;

/** Re-exported so that a client needs one import for what it sends to a rollback. */
export type RollbackCommand = Command;
