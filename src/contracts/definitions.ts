import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { EnvironmentAnswer } from '../domain/environment/consult';
import type { EnvironmentOutcome } from '../domain/environment/state';
import type { EnvironmentView } from '../domain/environment/view';
import type { Command } from '../domain/rollback/command';
import type { RunState } from '../domain/rollback/state';
import type { StatusView } from '../domain/rollback/status-view';
import type { ServiceOutcome } from '../domain/service/outcome';
import type { ServiceState } from '../domain/service/state';
import type { ServiceView } from '../domain/service/view';
import type {
  AlertMessage,
  Consultation,
  EnvironmentCommand,
  MessageOutcome,
  RollbackEnded,
  ServiceCommand,
  SlotsTold,
} from './messages';
import { MESSAGE } from './messages';

/** An alert, to a service or to a running rollback. */
export const alertSignal = defineSignal<[AlertMessage]>(MESSAGE.alert);

/** Alerts that came together, to a service; handled like as many single ones. */
export const alertsSignal = defineSignal<[readonly AlertMessage[]]>(MESSAGE.alerts);

/** A person's word to a running rollback. */
export const rollbackCommandSignal = defineSignal<[Command]>(MESSAGE.command);

/** A person's or CI's word to a service. */
export const serviceCommandSignal = defineSignal<[ServiceCommand]>(MESSAGE.command);

/** What the release record says of slots, to a running rollback. */
export const slotsSignal = defineSignal<[SlotsTold]>(MESSAGE.slots);

/** A rollback's last word to its service. */
export const endedSignal = defineSignal<[RollbackEnded]>(MESSAGE.ended);

/** What people are shown of a rollback. */
export const rollbackStatusQuery = defineQuery<StatusView>(MESSAGE.status);

/** All that a rollback knows. */
export const rollbackStateQuery = defineQuery<RunState>(MESSAGE.state);

/** What became of a message, by its id; undefined while it is not known. */
export const outcomeQuery = defineQuery<MessageOutcome | undefined, [string]>(MESSAGE.outcome);

/** What people are shown of a service. */
export const serviceStatusQuery = defineQuery<ServiceView>(MESSAGE.status);

/** All that a service knows; the gate is asked of it. */
export const serviceStateQuery = defineQuery<ServiceState>(MESSAGE.state);

/** What became of an alert's delivery or a command to a service, by its id; undefined while it is not known. */
export const serviceOutcomeQuery = defineQuery<ServiceOutcome | undefined, [string]>(MESSAGE.outcome);

/** Questions to an environment; an update, because whoever asks must not go on without the answer. */
export const consultUpdate = defineUpdate<readonly EnvironmentAnswer[], [Consultation]>(MESSAGE.consult);

/** A person's word to an environment. */
export const environmentCommandSignal = defineSignal<[EnvironmentCommand]>(MESSAGE.command);

/** What people are shown of an environment. */
export const environmentStatusQuery = defineQuery<EnvironmentView>(MESSAGE.status);

/** What became of a word to an environment, by its id; undefined while it is not known. */
export const environmentOutcomeQuery = defineQuery<EnvironmentOutcome | undefined, [string]>(MESSAGE.outcome);
