import { z } from 'zod';
import type { Notifier } from '../../ports';
import type { Factories } from '../dependencies';
import { inMemoryNotifierSchema } from './in-memory';
import type { InMemoryNotifier } from './in-memory';
import { LogNotifier, logNotifierSchema } from './log';
import { WebhookNotifier, webhookNotifierSchema } from './webhook';

/** Every way to reach people, by its `type`. */
export const notifierSchema = z.discriminatedUnion('type', [
  logNotifierSchema,
  webhookNotifierSchema,
  inMemoryNotifierSchema,
]);

/** A factory per way. */
export const notifierFactories: Factories<z.infer<typeof notifierSchema>, Notifier, InMemoryNotifier> = {
  log: (_config, deps) => new LogNotifier(deps.log),
  webhook: (config, deps) => new WebhookNotifier(config, deps),
  'in-memory': (_config, _deps, kept) => kept,
};
