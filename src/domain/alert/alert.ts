/** What kind of trouble started a rollback; it picks the metric that is judged as the symptom. */
export type Cause = 'errors' | 'latency' | 'saturation' | 'security' | 'feedback' | 'other';

/** How urgent the source says it is. */
export type Severity = 'critical' | 'warning' | 'info';

/** One alert in our own form, whatever tool sent it. Text in it is untrusted: it selects, it is never executed. */
export interface Alert {
  /** The kind of tool it came from, for example `alertmanager`. */
  readonly source: string;
  /** The source's own stable identity of the condition. */
  readonly fingerprint: string;
  readonly status: 'firing' | 'resolved';
  readonly severity: Severity;
  readonly service: string;
  readonly environment: string;
  readonly cause: Cause;
  readonly title: string;
  readonly summary?: string;
  /** The revision the source blames, where it names one. */
  readonly revision?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Address of the alert at its source, for people. */
  readonly link?: string;
  /** When the condition began, in epoch milliseconds. */
  readonly startsAt: number;
  /** When the source sent this delivery, where it says; epoch milliseconds. */
  readonly sentAt?: number;
  /** When the gateway received it; epoch milliseconds. */
  readonly receivedAt: number;
}

/** The identity under which repeats of an alert are counted rather than handled again. */
export function alertIdentity(alert: Pick<Alert, 'source' | 'fingerprint' | 'startsAt'>): string {
  return `${alert.source}/${alert.fingerprint}/${alert.startsAt}`;
}
