import type { StatusView } from '../../../src/domain/rollback/status-view';
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
    'is taken back by the weights of a route first and then as the Deployment itself, and no request is lost',
    async () => {
      const { kube } = stack.plane;
      stack.fail({ v42: 0.3 });
      const asked = await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE');
      expect(asked).toMatchObject({ fromRevision: 'v42', toRevision: 'v41' });
      stack.answered();
      await onCall.approves(asked);
      // Asked of the route itself: on a busy machine our command line may take longer than the phase does.
      const isSplit = async (): Promise<true | undefined> => {
        const { 'eu-green': share = 0 } = await weightsOf(kube, 'eu');
        return share > 0 && share < 100 ? true : undefined;
      };
      await until(isSplit, PATIENCE_MS, () => 'eu was never split');
      expect(await rolledOut(kube, 'us')).toBe('v42');
      // A Deployment has no share that could show help, and one other target is not enough.
      const isAskedAgain = ({ wait }: StatusView): boolean => wait?.reason === 'GATE' && wait.id !== asked.wait?.id;
      await onCall.approves(await onCall.sees('it asks before all of us', isAskedAgain));
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      expect(await weightsOf(kube, 'eu')).toEqual({ 'eu-blue': 0, 'eu-green': 100 });
      expect(await rolledOut(kube, 'us')).toBe('v41');
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
});
