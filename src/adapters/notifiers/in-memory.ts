import { z } from 'zod';
import type { Notification, Notifier } from '../../ports';
import { notifierKind } from '../kinds';

/** Notifications that are only kept: for tests. */
export const inMemoryNotifierSchema = z.strictObject({ type: z.literal('in-memory') });

/** The fake notifier. */
export class InMemoryNotifier implements Notifier {
  private readonly kept = new Map<string, Notification>();

  /** What was told, each id once, oldest first. */
  get notifications(): readonly Notification[] {
    return [...this.kept.values()];
  }

  /** Keeps the first of an id. */
  notify(notification: Notification): Promise<void> {
    if (!this.kept.has(notification.id)) this.kept.set(notification.id, notification);
    return Promise.resolve();
  }
}

/** The fake. */
export const inMemoryNotifier = notifierKind(inMemoryNotifierSchema, (_config, _deps, kept) => kept);
