import { z } from 'zod';
import type { Notifier } from '../../ports';
import type { Factories } from '../dependencies';
import { LogNotifier, logNotifierSchema } from './log';
import { WebhookNotifier, webhookNotifierSchema } from './webhook';

/** Every way to reach people, by its `type`. */
export const notifierSchema = z.discriminatedUnion('type', [logNotifierSchema, webhookNotifierSchema]);

/** A factory per way. */
export const notifierFactories: Factories<z.infer<typeof notifierSchema>, Notifier> = {
  log: (_config, deps) => new LogNotifier(deps.log),
  webhook: (config, deps) => new WebhookNotifier(config, deps.resolveSecret),
};
