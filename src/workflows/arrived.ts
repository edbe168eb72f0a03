import type { AlertMessage, RollbackEnded, ServiceCommand } from '../contracts/messages';
import type { Census } from '../domain/plan/census';
import type { AlertAgain } from '../domain/service/ending';
import type { Trouble } from '../domain/service/trouble';

/** Something that came to the door, in the order in which it came. `at` is workflow time. */
export type Arrived = { readonly at: number } & Came;

/** The same, before it was known when. */
export type Came =
  | { readonly kind: 'alert'; readonly message: AlertMessage }
  | { readonly kind: 'again'; readonly id: string; readonly again: AlertAgain }
  | { readonly kind: 'command'; readonly command: ServiceCommand }
  | { readonly kind: 'ended'; readonly ended: RollbackEnded }
  | { readonly kind: 'seen'; readonly census: Census; readonly troubles?: readonly Trouble[] };
