import type { TargetSubject } from '../../contract/deployment-target.contract';
import type { HttpRelay, RelayAnswer } from './http-relay';

/** What the contract asks of targets and a program that is run for each call cannot be asked. */
export const NOT_OF_A_PROGRAM = [
  {
    reason: 'what a program prints that cannot be read is shown by the suite of exec',
    tests: ['unreadable', 'oversized'],
  },
  { reason: 'a program has no address', tests: ['redirect', 'unauthorized'] },
] as const;

/** Of a place where a revision needs nothing before it gets traffic. */
export const NOTHING_TO_MAKE_READY = {
  reason: 'nothing is made ready, so that no number of it is kept',
  tests: ['room'],
} as const;

/** Misbehaves as the contract wants it: what refuses and what tells secrets as the other side would say it. */
export function misbehaving(
  relay: HttpRelay,
  says: { readonly refuse?: RelayAnswer; readonly telltale?: RelayAnswer } = {},
): TargetSubject['misbehave'] {
  return (how) => {
    if (how === 'refuse' || how === 'telltale') return relay.misbehave(says[how]);
    return relay.misbehave(how === 'hang' || how === 'unavailable' || how === 'gone' ? how : undefined);
  };
}
