import { z } from 'zod';
import type { Notification, Notifier } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { notifierKind } from '../kinds';

/** Writes notifications to the worker's log: the default, so that nothing is lost before a channel is set up. */
export const logNotifierSchema = z.strictObject({ type: z.literal('log') });

/** A notifier that only logs. */
export class LogNotifier implements Notifier {
  private readonly log: AdapterDependencies['log'];

  constructor(log: AdapterDependencies['log']) {
    this.log = log;
  }

  async notify(notification: Notification): Promise<void> {
    this.log.info({ notification }, 'notification');
  }
}

/** Into the log. */
export const logNotifier = notifierKind(logNotifierSchema, (_config, deps) => new LogNotifier(deps.log));
