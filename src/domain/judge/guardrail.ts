import type { Freshness, Memory } from './counters';
import type { EProcess, Increment, Stake } from './e-process';
import type { GuardrailSetting } from './settings';

interface Watched {
  readonly setting: GuardrailSetting;
  /** When its newest usable pair was taken. */
  readonly lastPairAt?: number;
  /** The same on the clock that stands still while nobody looks; states of earlier builds have none. */
  readonly heardAt?: number;
}

/** Counters that must not get worse: bad ones among requests, slow ones beyond bounds, or events in a time. */
export interface CountGuardrail extends Watched {
  readonly kind: 'counts';
  /** Wins while harm is done. */
  readonly bad: EProcess;
  /** Wins while none is. */
  readonly ok: EProcess;
  readonly totals: Increment;
  readonly memory: Memory;
  /** Of events: when each target was seen last, since when it is exposed. */
  readonly seenAt?: Readonly<Record<string, number>>;
}

/** What one look says of a gauge with a threshold: stable above it alone, both above it, or stable within it. */
export type Standing = 'above' | 'both' | 'within';

/** A number that must not get worse. */
export interface GaugeGuardrail extends Watched {
  readonly kind: 'gauge';
  /** Where stable is compared with current, or with what was before: the same two tests, by signs. */
  readonly signs?: { readonly bad: Stake; readonly ok: Stake };
  /** What it is compared with where there is no control cohort; what an idle suspect shows is none. */
  readonly reference?: number;
  /** What the last looks said of the threshold, oldest first. */
  readonly standings: readonly Standing[];
  /** The newest values, means over targets. */
  readonly levels: { readonly stable: number; readonly current?: number };
  /** When a look was counted last, for the sake of independence. */
  readonly countedAt?: number;
  /** The newest reading's own time. */
  readonly readAt: number;
}

/** A metric that must not get worse, with what it has shown so far. Plain JSON. */
export type Guardrail = CountGuardrail | GaugeGuardrail;

/** Guardrails by name. */
export type Guardrails = Readonly<Record<string, Guardrail>>;

/** What one look at a guardrail depends on beside its readings. */
export interface GuardrailLook {
  /** What its readings are held to: the time as of which it was read. */
  readonly fresh: Freshness;
  readonly settled: boolean;
  readonly intervalMs: number;
  /** Now, on the clock that stands still while nobody looks. */
  readonly watchedAt: number;
  /** Percent on stable, by target. */
  readonly weights: Readonly<Record<string, number>>;
  /** Intervals that an increment speaks for. */
  readonly widthAfter: (lastPairAt: number | undefined) => number;
}

/** The look at a guardrail whose data come so much later than the symptom's; undefined before its phase began for it. */
export type LookAt = (laterMs: number | undefined) => GuardrailLook | undefined;
