import type { ReportModel } from '../../../src/domain/report';
import { until } from '../support';
import { rolledOut, weightsOf } from './kubernetes-objects';
import { KubernetesStack } from './kubernetes-stack';
import { OnCall } from './on-call';

/** With tools that have to be built first. */
const LONGEST_MS = 45 * 60_000;
const PATIENCE_MS = 240_000;
const PAST_MS = 3_600_000;

const of = (version: string, code = ''): string =>
  `sum(increase(http_requests_total{version="${version}"${code}}[5s]))`;

describe('a bad release on a real Kubernetes, behind a real gateway', () => {
  const stack = new KubernetesStack();
  const onCall = new OnCall(stack);
  beforeAll(async () => {
    await stack.open();
    await onCall.says('release', 'prod/checkout', 'v41', '--from', new Date(Date.now() - PAST_MS).toISOString());
    await stack.deploy();
    await onCall.says('release', 'prod/checkout', 'v42');
  }, LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);

  it(
    'is taken back by the weights of its route first, then as the Deployment itself, and no request is lost',
    async () => {
      const { kube } = stack.plane;
      stack.fail({ v42: 0.3 });
      const asked = await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE');
      expect(asked).toMatchObject({ fromRevision: 'v42', toRevision: 'v41' });
      stack.answered();
      await onCall.approves(asked);
      // Asked of the route itself: on a busy machine our command line may take longer than the phase does.
      const isSplit = async (): Promise<true | undefined> => {
        const { 'checkout-stable': share = 0 } = await weightsOf(kube, 'checkout');
        return share > 0 && share < 100 ? true : undefined;
      };
      await until(isSplit, PATIENCE_MS, () => 'the route was never split');
      expect(await rolledOut(kube, 'checkout')).toBe('v42');
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      expect(await weightsOf(kube, 'checkout')).toEqual({ checkout: 0, 'checkout-stable': 100 });
      expect(await rolledOut(kube, 'checkout')).toBe('v41');
      expect(stack.answered().lost).toBe(0);
      await until(
        async () => {
          const [suspect, old, failing] = await Promise.all([
            stack.ask(of('v42')),
            stack.ask(of('v41')),
            stack.ask(of('v41', ',code="500"')),
          ]);
          return suspect === 0 && (old ?? 0) > 0 && failing === 0 ? true : undefined;
        },
        PATIENCE_MS,
        () => 'Prometheus never showed all requests at the old revision, none of them failing',
      );
    },
    LONGEST_MS,
  );

  it('goes on as a Deployment only when its route sends it nothing any more, and by a verdict on what is served', async () => {
    const { out } = await stack.run('report', 'prod/checkout', '--output', 'json');
    const { plan, shares } = JSON.parse(out) as ReportModel;
    const phases = plan?.phases.map(({ weights, gate, passedBy }) => [weights[0]?.target, gate, passedBy]);
    expect(phases).toEqual([
      ['route', 'approval', 'verdict'],
      ['route', 'automatic', 'verdict'],
      ['deployment', 'automatic', 'verdict'],
    ]);
    const begun = shares.findIndex(({ weights: { deployment = 0 } }) => deployment > 0);
    expect(shares.slice(begun).map(({ weights: { route } }) => route)).toEqual(shares.slice(begun).map(() => 100));
    expect(shares[begun - 1]?.weights).toMatchObject({ route: 100, deployment: 0 });
  });
});
