import type { Alert } from '../domain/alert/alert';
import type { Command, CommandOutcome } from '../domain/rollback/command';
import type { RollbackRef } from '../domain/rollback/request';
import type { End } from '../domain/rollback/state';
import type { ServiceMode } from '../domain/service/mode';
import type { Release } from '../domain/service/release';
import type { Cause } from '../domain/alert/alert';
import type { Pace } from '../domain/policy/policy';

/** An alert on its way in; `deliveryId` de-duplicates redeliveries. Signal `alert` of both workflows. */
export interface AlertMessage {
  readonly deliveryId: string;
  readonly alert: Alert;
}

/** What the service workflow can be told; signal `command` of the service workflow. Applied at most once per id. */
export type ServiceCommand = {
  readonly id: string;
  readonly by: string;
  readonly at: number;
  readonly reason?: string;
} & (
  | {
      readonly kind: 'start';
      readonly fromRevision?: string;
      readonly toRevision?: string;
      readonly cause?: Cause;
      readonly pace?: Pace;
      readonly extent?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'now'; readonly cold?: boolean }
  | { readonly kind: 'release'; readonly releases: readonly Release[] }
  | { readonly kind: 'freeze'; readonly until: number }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'mode'; readonly mode: ServiceMode; readonly until?: number }
  | { readonly kind: 'quarantine'; readonly revision: string }
  | { readonly kind: 'unquarantine'; readonly revision: string }
);

/** A run's last word to its service; signal `ended` of the service workflow. */
export interface RollbackEnded {
  readonly ref: RollbackRef;
  readonly end: End;
  readonly fromRevision?: string;
  readonly toRevision?: string;
  /** Alerts that it did not cover; admitted afresh. */
  readonly uncovered: readonly Alert[];
  readonly reportLocation?: string;
  readonly at: number;
}

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
