import type { RevisionReading, TargetReading } from '../../domain/plan/census';

/** How one revision of the demo service behaves. Shares are 0 to 1. */
export interface RevisionSpec {
  readonly revision: string;
  /** Share of requests answered 500; 0 when absent. */
  readonly failShare?: number;
  /** Answers 500 in clumps besides: in the first `forMs` of every `everyMs` of the clock, to this share of requests. */
  readonly clumps?: { readonly everyMs: number; readonly forMs: number; readonly share: number };
  /** Share of requests that take `slowMs`; 0 when absent. */
  readonly slowShare?: number;
  /** Milliseconds a slow request takes; 600 when absent. */
  readonly slowMs?: number;
  /** Milliseconds every other request takes; 5 when absent. */
  readonly baseLatencyMs?: number;
}

/** The dependency that every instance of both revisions calls on each request. */
export interface BackendSpec {
  /** Share of its requests answered 500, 0 to 1; 0 when absent. */
  readonly failShare?: number;
  /** What it can serve as a share of the fleet's whole traffic; it answers 503 beyond. Unlimited when absent. */
  readonly capacityShare?: number;
}

/** Configuration of one service process. */
export interface ServiceConfig extends RevisionSpec {
  /** Milliseconds before it begins to listen. */
  readonly startupMs: number;
  /** Called on every request; anything but 200 from it is answered 503. */
  readonly backendUrl?: string;
}

/** Configuration of the backend process. */
export interface BackendConfig {
  readonly failShare: number;
  /** Requests per second it can serve; unlimited when absent. */
  readonly requestsPerSecond?: number;
}

/** Configuration of one region's proxy process. */
export interface ProxyConfig {
  readonly target: string;
  /** The revision gone back to; starts without instances. */
  readonly old: RevisionSpec;
  /** The suspect; starts with all traffic. */
  readonly bad: RevisionSpec;
  /** Instances that can serve all traffic of the region. */
  readonly fullInstances: number;
  readonly startupMs: number;
  /** Weights, fences and remembered keys; read again after a restart. */
  readonly statePath: string;
  /** One JSON line for each change really made. */
  readonly journalPath: string;
  readonly backendUrl?: string;
  /** Standard Webhooks secret (`whsec_...`); requests are not verified when absent. */
  readonly secret?: string;
  /** Ports to use again after a restart; free ones when absent. */
  readonly ports?: ProxyPorts;
}

/** Where a proxy listens on 127.0.0.1. */
export interface ProxyPorts {
  /** Users' requests. */
  readonly traffic: number;
  /** The target contract, metrics, faults. */
  readonly control: number;
}

/** Configuration of the load generator. */
export interface LoadConfig {
  readonly targets: readonly { readonly name: string; readonly url: string }[];
  /** Number of users; each belongs to one target for ever. */
  readonly users: number;
  /** Over all targets; sent at this rate however slow the answers are. */
  readonly requestsPerSecond: number;
  /** An answer that takes longer counts as slow; milliseconds. */
  readonly slowerThanMs: number;
  /** The revision users are moved to; one seen on it and later on another was moved back. */
  readonly oldRevision: string;
}

/** Answers by how they ended: each is exactly one of the three. */
export interface LoadCounts {
  readonly ok: number;
  /** An error status, or no answer at all. */
  readonly failed: number;
  /** Good, but later than the bound. */
  readonly slow: number;
}

/** What one second of load met, by target and then by revision (`none`: nobody answered). */
export interface LoadSecond {
  /** Epoch milliseconds of the second's end. */
  readonly at: number;
  readonly targets: Readonly<Record<string, Readonly<Record<string, LoadCounts>>>>;
}

/** What users met since the fleet started. */
export interface LoadStats extends LoadCounts {
  readonly sent: number;
  /** By the revision that answered; `none` when nobody did. */
  readonly byRevision: Readonly<Record<string, LoadCounts>>;
  /** How often a user served by the old revision was later served by another. */
  readonly movedBack: number;
  /** Users with at least one failed or slow request. */
  readonly usersHurt: number;
}

/** One change that a proxy really made. */
export interface EffectRecord {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly target: string;
  /** `foreign`: changed behind the rollback's hands; has no rollback, epoch or number. */
  readonly operation: 'prepare' | 'shift' | 'foreign';
  readonly rollback: string | null;
  readonly epoch: number | null;
  readonly number: number | null;
  /** Before: percent of traffic on the old revision (shift, foreign) or of capacity asked for (prepare). */
  readonly from: number;
  /** After, in the same unit. */
  readonly to: number;
}

/** Misbehaviour a target's control side can be told to show; an empty object ends it all. */
export interface TargetFaults {
  /** Does what was asked, then keeps the answer back for so many milliseconds. */
  readonly hangMs?: number;
  /** Waits so many milliseconds before it does what was asked, even if the caller has left by then. */
  readonly delayMs?: number;
  /** Claims this percent for the old revision, whatever it serves. */
  readonly lieWeight?: number;
  /** Refuses, with this text. */
  readonly refuse?: string;
  /** Shows the faults above for these operations only; for all when absent. */
  readonly operations?: readonly TargetOperation[];
  /** Shows the faults above so many times, then no more; for ever when absent. */
  readonly times?: number;
  /** `/metrics` is missing, has NaN in place of counts, or stands still. */
  readonly metrics?: 'unavailable' | 'nan' | 'frozen';
}

/** What the target contract can be asked. */
export type TargetOperation = 'check' | 'observe' | 'prepare' | 'shift';

/** What a target really serves, lies aside. */
export interface TargetTruth extends TargetReading {
  readonly revisions: readonly RevisionReading[];
  /** What users are hashed with: the rollback whose first shift began the split. */
  readonly salt: string;
}

/** Why the fleet could not do something. */
export type FleetErrorCode = 'PROCESS_NOT_READY' | 'CONTROL_REFUSED' | 'UNKNOWN_TARGET';

/** A process that did not start, or a control request that was not answered well. */
export class FleetError extends Error {
  readonly code: FleetErrorCode;

  constructor(code: FleetErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'FleetError';
    this.code = code;
  }
}
