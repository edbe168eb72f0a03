import { randomBytes } from 'node:crypto';
import { createAdapters } from '../../../src/adapters';
import type { DeploymentTarget } from '../../../src/ports';
import { testDependencies } from '../../adapters/support/dependencies';
import { describeDeploymentTarget } from '../../contract/deployment-target.contract';
import { awsEnvironment } from '../../support/moto';
import type { HttpRelay, RelayAnswer } from './http-relay';
import { misbehaving, NOT_OF_A_PROGRAM, NOTHING_TO_MAKE_READY } from './program';

const random = (): string => randomBytes(12).toString('hex');
/** Moto takes any; each is to be recognised wherever it turns up. */
const SECRETS = {
  AWS_ACCESS_KEY_ID: `AKIA${random().toUpperCase()}`,
  AWS_SECRET_ACCESS_KEY: random(),
  AWS_SESSION_TOKEN: random(),
};

/** A program that asks AWS at that address, with credentials of its own. */
export function awsTarget(url: string, program: readonly string[]): DeploymentTarget {
  const environment = Object.entries(awsEnvironment(url)).map(([name, value]) => `${name}=${value}`);
  const references = Object.keys(SECRETS).map((name) => [name, `\${env:${name}}`] as const);
  const values = Object.fromEntries(Object.entries(SECRETS).map(([name, value]) => [`\${env:${name}}`, value]));
  const command = ['env', ...environment, process.execPath, ...program];
  const secrets = Object.fromEntries(references);
  const adapter = { type: 'exec', command, secrets, fenced: true, killAfterMs: 200 };
  return createAdapters(testDependencies(values)).target({ name: 'eu', labels: {}, adapter });
}

/** As AWS may tell of a token that has run out. */
const TELLTALE = JSON.stringify({ message: `${SECRETS.AWS_SESSION_TOKEN} of ${SECRETS.AWS_ACCESS_KEY_ID} is no good` });

/** Holds a program that asks AWS, through a relay that can misbehave, to the contract of targets. */
export function describeAwsProgram(suite: {
  readonly name: string;
  /** How AWS says that it does not let this be changed now. */
  readonly refusal: RelayAnswer;
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
        secrets: Object.values(SECRETS),
        shell: SECRETS,
        misbehave: misbehaving(relay, { refuse: suite.refusal, telltale: { ...suite.refusal, body: TELLTALE } }),
        changes: async () => relay.changes.length,
        close: relay.close,
      };
    },
    skip: [
      ...NOT_OF_A_PROGRAM,
      { reason: suite.splits, tests: ['units'] },
      { reason: 'what moto is told counts at once', tests: ['lagging'] },
      ...(suite.makesRoom ? [] : [NOTHING_TO_MAKE_READY]),
    ],
  });
}
