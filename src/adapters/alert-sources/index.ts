import { z } from 'zod';
import type { AlertSource } from '../../ports';
import type { Factories } from '../dependencies';
import { Alertmanager, alertmanagerSchema } from './alertmanager';
import { StandardWebhooks, standardWebhooksSchema } from './standard-webhooks';

/** Every webhook format, by its `type`. */
export const alertSourceSchema = z.discriminatedUnion('type', [alertmanagerSchema, standardWebhooksSchema]);

/** A factory per format. */
export const alertSourceFactories: Factories<z.infer<typeof alertSourceSchema>, AlertSource> = {
  alertmanager: (config, deps) => new Alertmanager(config, deps.resolveSecret),
  'standard-webhooks': (config, deps) => new StandardWebhooks(config, deps.resolveSecret),
};
