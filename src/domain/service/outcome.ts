import type { AdmissionCode } from '../alert/admission-code';

/** Why a service did not do what it was told. */
export type ServiceRefusalCode =
  | AdmissionCode
  | 'ROLLBACK_LIVE'
  | 'QUARANTINED'
  | 'NOT_QUARANTINED'
  | 'SAME_REVISION'
  | 'NOT_FROZEN'
  | 'TIME_IS_PAST'
  | 'NOTHING_TO_RECORD'
  | 'REASON_MISSING';

/** What became of a message to a service; kept, so that every word is answered once and for all. */
export type ServiceOutcome = {
  readonly id: string;
  readonly kind: string;
  /** When it was answered, in epoch milliseconds. */
  readonly at: number;
  readonly text: string;
  /** Workflow id of the rollback that it started or was passed on to, which answers commands under the same id. */
  readonly rollback?: string;
} & ({ readonly result: 'applied' } | { readonly result: 'refused'; readonly code: ServiceRefusalCode });
