import type { Alert, Cause } from '../alert/alert';
import type { Mode, Pace } from '../policy/policy';
import type { Quarantine, Release } from '../service/release';
import type { SlotRecord } from '../service/slots';

/** The identity of a rollback: the n-th of a service in an environment. */
export interface RollbackRef {
  readonly environment: string;
  readonly service: string;
  readonly number: number;
}

/** Who or what started it. */
export type Trigger =
  | { readonly kind: 'alert'; readonly alerts: readonly Alert[] }
  | { readonly kind: 'person'; readonly by: string; readonly reason: string; readonly at: number };

/** Everything a rollback is started with; it never asks the service workflow for more. */
export interface RollbackRequest extends RollbackRef {
  readonly trigger: Trigger;
  readonly cause: Cause;
  readonly mode: Mode;
  /** Overrides the policy's pace. */
  readonly pace?: Pace;
  /** The suspect, where a person named it; else blame finds it. */
  readonly fromRevision?: string;
  /** Where to go back to, where a person named it; else the last known good. */
  readonly toRevision?: string;
  /** Labels that every target in the extent must have; all targets when absent. */
  readonly extent?: Readonly<Record<string, string>>;
  /** `now` skips gates and verdicts from the first move. */
  readonly course: 'forward' | 'now';
  /** Course `now`: move even where the old revision's ready capacity does not suffice. */
  readonly cold?: boolean;
  /** Course `now`: move even past a point of no return. */
  readonly acceptIrreversible?: boolean;
  readonly releases: readonly Release[];
  /** Which revision is in which slot by the release record; newer words reach a run as they are said. */
  readonly slots?: SlotRecord;
  readonly quarantined: readonly Quarantine[];
  /** When earlier alerts were admitted, in epoch milliseconds: a revision that alerted is not known to be good. */
  readonly alertedAt: readonly number[];
}

/** True when an alert, not a person, would make it move. */
export function isAutomatic({ mode, trigger }: RollbackRequest): boolean {
  return mode === 'auto' && trigger.kind === 'alert';
}

/** When the trouble began and when its suspect was released, as far as that is known; epoch milliseconds. */
export interface Past {
  readonly incidentAt?: number;
  readonly releasedAt?: number;
}

/** What a request knows of the time before it. */
export function pastOf({ trigger, releases }: RollbackRequest, fromRevision: string): Past {
  const began = trigger.kind === 'alert' ? trigger.alerts.map(({ startsAt }) => startsAt) : [];
  const release = releases.find(({ revision }) => revision === fromRevision);
  return {
    ...(began.length === 0 ? {} : { incidentAt: Math.min(...began) }),
    ...(release ? { releasedAt: release.from } : {}),
  };
}

/** The workflow id of a rollback. */
export function rollbackId(ref: RollbackRef): string {
  return `rollback/${ref.environment}/${ref.service}/${ref.number}`;
}

/** The workflow id of a service in an environment. */
export function serviceId(ref: { readonly environment: string; readonly service: string }): string {
  return `service/${ref.environment}/${ref.service}`;
}
