import type { Archive, DeploymentTarget, MetricProvider, Notifier, ReadinessCheck } from '../ports';
import type { EnvironmentAnswer, EnvironmentQuestion } from '../domain/environment/consult';
import type { EnvironmentPolicy } from '../domain/environment/policy';
import type { AdapterConfig, CheckPolicy, MetricPolicy, ServicePolicy, TargetPolicy } from '../domain/policy/policy';
import type { SlotRecord } from '../domain/service/slots';
import type { RollbackEnded } from '../contracts/messages';
import type { RunLiveness } from '../contracts/activities';
import type { RollbackRef } from '../domain/rollback/request';

/** How activities come by the adapters that a policy names. */
export interface AdapterRegistry {
  target(policy: TargetPolicy, slots?: SlotRecord): DeploymentTarget;
  metrics(policy: MetricPolicy): MetricProvider;
  check(policy: CheckPolicy): ReadinessCheck;
  notifier(config: AdapterConfig): Notifier;
  archive(config: AdapterConfig): Archive;
}

/** A service's slice of the policy file, or what is wrong with it. */
export type LoadedPolicy =
  { readonly ok: true; readonly policy: ServicePolicy } | { readonly ok: false; readonly error: string };

/** What the activities need of the world; handed in by the composition root and by tests. */
export interface ActivityDependencies {
  readonly adapters: AdapterRegistry;
  loadPolicy(environment: string, service: string): Promise<LoadedPolicy>;
  /** Signals the outcome to the service's workflow, starting it where it is not running. */
  sendOutcome(ended: RollbackEnded): Promise<void>;
  /** Asks Temporal whether a run is still there. */
  describeRun(ref: RollbackRef): Promise<RunLiveness>;
  /** What the policy file says of an environment. Throws `POLICY_INVALID` where it is wrong. */
  loadEnvironment(environment: string): Promise<EnvironmentPolicy>;
  /** Hands a question to the environment's workflow, starting it where it is not running, and brings its answer. */
  consult(environment: EnvironmentPolicy, question: EnvironmentQuestion): Promise<EnvironmentAnswer>;
  /** Epoch milliseconds. */
  now(): number;
}
