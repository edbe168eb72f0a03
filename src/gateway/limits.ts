/** What a gateway lets wait before it sends senders away; together they bound its memory. */
export interface AlertLimits {
  /** Deliveries under way, read or waiting for Temporal. */
  readonly deliveries: number;
  /** Bytes of their bodies. */
  readonly bytes: number;
  /** Deliveries that wait for one service, so that a noisy one leaves room for the others. */
  readonly perService: number;
  /** Mean lateness of the event loop over a second. */
  readonly lagMs: number;
  /** A request that takes longer to arrive is cut off: a body that trickles in holds room that others need. */
  readonly requestMs: number;
}

/** Far above what a healthy Temporal lets gather, far below what a small container holds. */
export const ALERT_LIMITS: AlertLimits = {
  deliveries: 200,
  bytes: 32 * 1024 * 1024,
  perService: 100,
  lagMs: 500,
  requestMs: 15_000,
};

/** Largest body. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** After which a sender may try again. */
export const RETRY_AFTER_SECONDS = 5;

/** Deliveries under way. */
export interface AlertLoad {
  readonly deliveries: number;
  readonly bytes: number;
}

/** Whether one more delivery fits beside those under way. */
export function hasRoom(load: AlertLoad, bodyBytes: number, limits: AlertLimits): boolean {
  return load.deliveries < limits.deliveries && load.bytes + bodyBytes <= limits.bytes;
}

/** What a body may come to by its header; one of unknown length counts as the largest. */
export function announcedBytes(contentLength: string | undefined): number {
  const bytes = Number(contentLength);
  return contentLength === undefined || !Number.isInteger(bytes) ? BODY_LIMIT_BYTES : Math.min(bytes, BODY_LIMIT_BYTES);
}
