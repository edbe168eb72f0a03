import type { Client } from '@temporalio/client';
import { Deployments } from '../../src/temporal/deployments';

const BUILD = { deployment: 'phased-rollback', buildId: 'b' };

/** A Temporal that fails to make a build current as often as there are errors here, and then does it. */
function temporalThatFails(errors: readonly { readonly code: number; readonly message: string }[]) {
  const left = [...errors];
  const asked: unknown[] = [];
  const client = {
    options: { namespace: 'default', identity: 'me' },
    withDeadline: (_: number, call: () => Promise<unknown>) => call(),
    workflowService: {
      setWorkerDeploymentCurrentVersion: async (request: unknown) => {
        asked.push(request);
        const error = left.shift();
        if (error) throw Object.assign(new Error(error.message), error);
      },
    },
  };
  return { deployments: new Deployments(client as unknown as Client), asked };
}

describe('making a build current', () => {
  it.each([
    ['does not know the build yet', { code: 5, message: 'no such version' }],
    ['has not seen its workers on every queue yet', { code: 9, message: 'missing task queues' }],
    ['was too busy to answer', { code: 4, message: 'context deadline exceeded' }],
  ])('says it again to a Temporal that %s', async (_, error) => {
    const { deployments, asked } = temporalThatFails([error, error]);
    await deployments.makeCurrent(BUILD);
    expect(asked).toHaveLength(3);
    expect(asked[2]).toMatchObject({ deploymentName: 'phased-rollback', buildId: 'b' });
  });

  it('says at once why Temporal refused it', async () => {
    const { deployments, asked } = temporalThatFails([{ code: 7, message: 'not yours' }]);
    await expect(deployments.makeCurrent(BUILD)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(asked).toHaveLength(1);
  });
});
