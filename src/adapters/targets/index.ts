import { z } from 'zod';
import type { DeploymentTarget } from '../../ports';
import type { AdapterDependencies, Factories } from '../dependencies';
import { HttpTarget, httpTargetSchema } from './http';

/** Every kind of target, by its `type`. */
export const targetSchema = z.discriminatedUnion('type', [httpTargetSchema]);

type TargetConfig = z.infer<typeof targetSchema>;

/** A factory per kind; a kind without one does not compile. */
export const targetFactories: Factories<TargetConfig, DeploymentTarget, string> = {
  http: (config, deps: AdapterDependencies, name) => new HttpTarget(name, config, deps.resolveSecret),
};
