import { until } from '../support';
import { OnCall } from './on-call';
import { Stack } from './stack';

/** No part of a flagship takes longer, also where others use the machine. */
export const LONGEST_MS = 900_000;
/** How long the old revision has served before the new one came. */
export const PAST_MS = 3_600_000;

/** A service that has just been released, and who looks after it. */
export interface Deployed {
  readonly stack: Stack;
  readonly onCall: OnCall;
}

/** A stack whose old revision has served for an hour, and whose new one has just replaced it. */
export async function deployed(stack = new Stack()): Promise<Deployed> {
  await stack.open();
  const onCall = new OnCall(stack);
  await onCall.says('release', 'prod/checkout', 'v41', '--from', new Date(Date.now() - PAST_MS).toISOString());
  await stack.deploy();
  await onCall.says('release', 'prod/checkout', 'v42');
  return { stack, onCall };
}

/** The release begins to fail, and the product is seen to ask whether to take it back; that question. */
export async function failing({ stack, onCall }: Deployed): ReturnType<OnCall['sees']> {
  stack.fail({ v42: 0.3 });
  const asked = await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE');
  expect(asked).toMatchObject({ fromRevision: 'v42', toRevision: 'v41' });
  return asked;
}

const of = (server: string, code = ''): string =>
  `sum(increase(haproxy_server_http_responses_total{proxy="checkout",server="${server}"${code}}[5s]))`;

/** Both regions are on the old revision, by what HAProxy says and by what Prometheus has counted. */
export async function restored(stack: Stack): Promise<void> {
  for (const region of ['eu', 'us']) expect(await stack.weights(region)).toMatchObject({ v42: 0 });
  await until(
    async () => {
      const [suspect, old, failed] = await Promise.all([
        stack.ask(of('b1')),
        stack.ask(of('g1')),
        stack.ask(of('g1', ',code="5xx"')),
      ]);
      return suspect === 0 && (old ?? 0) > 0 && failed === 0 ? true : undefined;
    },
    LONGEST_MS,
    () => 'Prometheus never showed all requests at the old revision, none of them failing',
  );
}
