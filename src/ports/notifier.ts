/** Something people should hear. */
export interface Notification {
  /** Identity for de-duplication at the receiver; the same over attempts. */
  readonly id: string;
  /** `page` wakes someone; `info` does not. */
  readonly level: 'info' | 'page';
  readonly rollback: string;
  readonly title: string;
  /** The status block or a sentence. */
  readonly text: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A way to reach people. Idempotent by the notification's id; failures throw `RetryableError` or `TerminalError`. */
export interface Notifier {
  notify(notification: Notification, signal: AbortSignal): Promise<void>;
}
