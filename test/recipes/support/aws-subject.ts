import type { DeploymentTarget } from '../../../src/ports';
import { describeDeploymentTarget } from '../../contract/deployment-target.contract';
import type { HttpRelay } from './http-relay';

const NO_ROOM = { reason: 'nothing is made ready, so that no number of it is kept', tests: ['room'] } as const;

/** Holds a program that asks AWS, through a relay that can misbehave, to the contract of targets. */
export function describeAwsProgram(suite: {
  readonly name: string;
  /** How AWS says that it does not let this be changed now. */
  readonly refusal: Parameters<HttpRelay['misbehave']>[0];
  /** Why it is not moved by whole instances. */
  readonly splits: string;
  /** Whether it makes room, so that it keeps the newest wish for some. */
  readonly makesRoom: boolean;
  readonly fresh: () => Promise<{ readonly relay: HttpRelay; readonly target: DeploymentTarget }>;
}): void {
  describeDeploymentTarget({
    name: suite.name,
    // Each call starts a program that loads AWS' SDK.
    slow: true,
    async create() {
      const { relay, target } = await suite.fresh();
      return {
        target,
        name: 'eu',
        secrets: [],
        misbehave: (how) =>
          relay.misbehave(
            how === 'refuse'
              ? suite.refusal
              : how === 'hang' || how === 'unavailable' || how === 'gone'
                ? how
                : undefined,
          ),
        changes: async () => relay.changes.length,
        close: relay.close,
      };
    },
    skip: [
      {
        reason: 'what a program prints that cannot be read is shown by the suite of exec',
        tests: ['unreadable', 'oversized', 'telltale'],
      },
      { reason: 'a program has no address', tests: ['redirect', 'unauthorized'] },
      { reason: suite.splits, tests: ['units'] },
      { reason: 'what moto is told counts at once', tests: ['lagging'] },
      ...(suite.makesRoom ? [] : [NO_ROOM]),
    ],
  });
}
