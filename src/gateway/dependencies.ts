import type { AlertSource } from '../ports';
import type { RollbackClient } from '../client';
import type { GatewayConfig } from '../config';
import type { ServicePolicy } from '../domain/policy/policy';
import type { RollbackRef } from '../domain/rollback/request';
import type { Asked } from './asked';

/** The part of the client that the gateway uses. */
export type GatewayClient = Pick<
  RollbackClient,
  | 'alerts'
  | 'tellService'
  | 'tellRollback'
  | 'status'
  | 'latest'
  | 'list'
  | 'serviceView'
  | 'environment'
  | 'tellEnvironment'
  | 'pauseAll'
  | 'gate'
  | 'preview'
  | 'reachable'
>;

/** Services without a usable policy: some by name, or all where the file itself is broken. */
export type OutOfService = { readonly kind: 'all' } | { readonly kind: 'some'; readonly services: readonly string[] };

/** What the gateway works with; handed in by its composition root and by tests. */
export interface GatewayDependencies {
  readonly client: GatewayClient;
  readonly config: GatewayConfig;
  /** The webhook format under a name; undefined when none is configured. */
  alertSource(name: string): AlertSource | undefined;
  /** The services of the policy file as they are now. */
  policies(): Promise<readonly ServicePolicy[]>;
  /** Which services the policy file names but cannot be used for. */
  outOfService(): Promise<OutOfService>;
  /** Archived documents of a rollback. */
  report(ref: RollbackRef): Promise<Readonly<Record<string, string>> | undefined>;
  /** Hears of what is answered with 500, for the log. */
  unexpected(error: Error, asked: Asked): void;
  /** Epoch milliseconds. */
  now(): number;
}
