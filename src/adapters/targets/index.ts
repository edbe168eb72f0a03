import { z } from 'zod';
import type { DeploymentTarget } from '../../ports';
import type { Factories } from '../dependencies';
import { createExecTarget, execTargetSchema } from './exec';
import { createFlagdTarget, flagdTargetSchema } from './flagd';
import { createHaproxyTarget, haproxyTargetSchema } from './haproxy';
import { createHttpTarget, httpTargetSchema } from './http';
import { createInMemoryTarget, inMemoryTargetSchema } from './in-memory';
import { createDeploymentTarget, deploymentTargetSchema } from './kubernetes/deployment';
import { createHttpRouteTarget, httpRouteTargetSchema } from './kubernetes/httproute';
import { createReplicasTarget } from './kubernetes/replicas';
import { replicasTargetSchema } from './kubernetes/replicas-state';
import { rolloutTargetSchema } from './kubernetes/rollout-state';
import { createRolloutTarget } from './kubernetes/rollout-target';
import { statefulSetTargetSchema } from './kubernetes/stateful-state';
import { createStatefulTarget } from './kubernetes/stateful-target';
import { createVirtualServiceTarget, virtualServiceTargetSchema } from './kubernetes/virtualservice';
import { createNginxTarget, nginxTargetSchema } from './nginx';
import type { TargetContext } from './target-context';
import { createUnleashTarget, unleashTargetSchema } from './unleash';

/** Every kind of target, by its `type`. */
export const targetSchema = z.discriminatedUnion('type', [
  httpTargetSchema,
  execTargetSchema,
  flagdTargetSchema,
  unleashTargetSchema,
  haproxyTargetSchema,
  nginxTargetSchema,
  inMemoryTargetSchema,
  httpRouteTargetSchema,
  virtualServiceTargetSchema,
  deploymentTargetSchema,
  replicasTargetSchema,
  statefulSetTargetSchema,
  rolloutTargetSchema,
]);

/** What can make a revision ready for a target that cannot. */
export const prepareHookSchema = z.discriminatedUnion('type', [httpTargetSchema, execTargetSchema]);

type TargetConfig = z.infer<typeof targetSchema>;

/** A factory per kind; a kind without one does not compile. */
export const targetFactories: Factories<TargetConfig, DeploymentTarget, TargetContext> = {
  http: (config, deps, { name }) => createHttpTarget(name, config, deps),
  exec: (config, deps, { name }) => createExecTarget(name, config, deps),
  flagd: (config, deps, { name }) => createFlagdTarget(name, config, deps),
  unleash: (config, deps, { name }) => createUnleashTarget(name, config, deps),
  haproxy: (config, deps, { name, slots }) => createHaproxyTarget(name, config, deps, slots),
  nginx: (config, deps, { name }) => createNginxTarget(name, config, deps),
  'in-memory': createInMemoryTarget,
  'kubernetes-httproute': (config, deps, { name }) => createHttpRouteTarget(name, config, deps),
  'kubernetes-virtualservice': (config, deps, { name }) => createVirtualServiceTarget(name, config, deps),
  'kubernetes-deployment': (config, deps, { name }) => createDeploymentTarget(name, config, deps),
  'kubernetes-replicas': (config, deps, { name }) => createReplicasTarget(name, config, deps),
  'kubernetes-statefulset': (config, deps, { name }) => createStatefulTarget(name, config, deps),
  'argo-rollouts': (config, deps, { name }) => createRolloutTarget(name, config, deps),
};
