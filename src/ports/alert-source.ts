import type { Cause, Severity } from '../domain/alert/alert';

/** An HTTP delivery as it arrived; `body` is the exact bytes that were signed. */
export interface RawDelivery {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

/** Whether a delivery is what it claims to be. */
export type Authenticity =
  /** `verified` is false where the source has nothing to check: then the caller must show who they are. */
  { readonly ok: true; readonly verified: boolean } | { readonly ok: false; readonly because: string };

/** One alert as its source tells it; which service it concerns is decided by the policy, from the labels. */
export interface SourceAlert {
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly severity: Severity;
  readonly cause: Cause;
  readonly title: string;
  readonly summary?: string;
  readonly revision?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly link?: string;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  /** Epoch milliseconds, where the source says. */
  readonly sentAt?: number;
}

/** The alerts of a delivery, or every problem that makes it unreadable, each naming its place in the body. */
export type ParsedDelivery =
  | { readonly ok: true; readonly alerts: readonly SourceAlert[] }
  | { readonly ok: false; readonly problems: readonly { readonly pointer: string; readonly detail: string }[] };

/** One tool's webhook format. Pure apart from reading its own configuration. */
export interface AlertSource {
  verify(delivery: RawDelivery): Authenticity;
  parse(delivery: RawDelivery): ParsedDelivery;
}
