import type { RollbackCommand, ServiceCommand } from '../contracts/messages';
import type { DescribedStatus } from '../domain/report';
import type { RollbackRef } from '../domain/rollback/request';
import type { RunState } from '../domain/rollback/state';
import type { StatusView } from '../domain/rollback/status-view';
import type { Release } from '../domain/service/release';

/** A service in an environment. */
export interface ServiceName {
  readonly environment: string;
  readonly service: string;
}

/** What became of something that was said. `recorded`: durable, but nobody has answered it yet. */
export type Answer =
  | { readonly kind: 'applied'; readonly text: string }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | { readonly kind: 'recorded' };

/** What can be seen of a rollback now. */
export type Snapshot =
  | { readonly kind: 'live'; readonly view: StatusView }
  | { readonly kind: 'described'; readonly described: DescribedStatus }
  | { readonly kind: 'notFound' };

/** One line of a list; it lags a little behind what is. */
export interface ListedRollback extends RollbackRef {
  readonly stage: string;
  readonly reason?: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** Whether a revision may be deployed, and if not who says so, until when, and how to override. */
export interface GateAnswer {
  readonly allowed: boolean;
  readonly text: string;
}

/** What the commands need of a running system; one connection, closed once. */
export interface Door {
  readonly address: string;
  /** The live rollback of a service, else its last one. */
  latest(service: ServiceName): Promise<RollbackRef | undefined>;
  status(ref: RollbackRef): Promise<Snapshot>;
  state(ref: RollbackRef): Promise<RunState>;
  list(filter: { readonly environment?: string; readonly service?: string; readonly limit: number }): Promise<
    readonly ListedRollback[]
  >;
  tellRollback(ref: RollbackRef, command: RollbackCommand): Promise<Answer>;
  tellService(service: ServiceName, command: ServiceCommand): Promise<Answer>;
  gate(service: ServiceName, revision: string): Promise<GateAnswer>;
  releases(service: ServiceName): Promise<readonly Release[]>;
  close(): Promise<void>;
}
