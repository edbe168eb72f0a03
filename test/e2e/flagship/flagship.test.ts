import type { ServiceView } from '../../../src/domain/service/view';
import { until } from '../support';
import { OnCall } from './on-call';
import { Stack } from './stack';

const LONGEST_MS = 600_000;
const PAST_MS = 3_600_000;

/** A stack whose old revision has served for an hour, and whose new one has just replaced it. */
async function deployed(stack = new Stack()): Promise<{ readonly stack: Stack; readonly onCall: OnCall }> {
  await stack.open();
  const onCall = new OnCall(stack);
  await onCall.says('release', 'prod/checkout', 'v41', '--from', new Date(Date.now() - PAST_MS).toISOString());
  await stack.deploy();
  await onCall.says('release', 'prod/checkout', 'v42');
  return { stack, onCall };
}

const of = (server: string, code = ''): string =>
  `sum(increase(haproxy_server_http_responses_total{proxy="checkout",server="${server}"${code}}[5s]))`;

async function restored(stack: Stack): Promise<void> {
  for (const region of ['eu', 'us']) expect(await stack.weights(region)).toMatchObject({ v42: 0 });
  await until(
    async () => {
      const [suspect, old, failing] = await Promise.all([
        stack.ask(of('b1')),
        stack.ask(of('g1')),
        stack.ask(of('g1', ',code="5xx"')),
      ]);
      return suspect === 0 && (old ?? 0) > 0 && failing === 0 ? true : undefined;
    },
    LONGEST_MS,
    () => 'Prometheus never showed all requests at the old revision, none of them failing',
  );
}

/** The later alert fires only while it is bad: nobody begins to mend it before both have been told. */
async function bothAreTold(stack: Stack): Promise<void> {
  const titles = ['checkout fails', 'checkout fails in eu'];
  const areTold = async (): Promise<true | undefined> => {
    const service = await (await fetch(`${stack.gatewayUrl}/v1/services/prod/checkout`)).json();
    const { alerts = [] } = service as Partial<ServiceView>;
    return titles.every((title) => alerts.some((alert) => alert.title === title)) ? true : undefined;
  };
  await until(areTold, LONGEST_MS, () => 'one of the two alerts was never told');
}

/** A rollback of what begins to fail: approved, its worker killed while the first phase is watched, and seen to its end. */
async function endedThoughTheWorkerDies(stack: Stack, onCall: OnCall): ReturnType<OnCall['sees']> {
  stack.fail({ v42: 0.3 });
  const asked = await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE');
  expect(asked).toMatchObject({ fromRevision: 'v42', toRevision: 'v41' });
  await bothAreTold(stack);
  await onCall.approves(asked);
  await onCall.sees('a phase is watched', ({ doing }) => doing === 'WATCHING');
  await stack.processes.get('worker')?.kill();
  await stack.processes.get('worker')?.start();
  return onCall.sees('it ends', ({ end }) => end !== undefined);
}

describe('a bad release behind real proxies, seen by a real Prometheus and told by a real Alertmanager', () => {
  let stack: Stack;
  let onCall: OnCall;
  beforeAll(async () => ({ stack, onCall } = await deployed()), LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);

  it(
    'is taken back in phases, though the worker dies in the middle and a second group of alerts fires',
    async () => {
      const ended = await endedThoughTheWorkerDies(stack, onCall);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      await restored(stack);
    },
    LONGEST_MS,
  );

  it('is one rollback, which both alerts have reached, with a report of it', async () => {
    const list = await stack.run('list', 'prod/checkout', '--output', 'json');
    expect(JSON.parse(list.out)).toMatchObject([{ number: 1, stage: 'succeeded' }]);
    const service = await (await fetch(`${stack.gatewayUrl}/v1/services/prod/checkout`)).json();
    expect((service as ServiceView).alerts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ title: 'checkout fails', rollback: 1 }),
        expect.objectContaining({ title: 'checkout fails in eu', rollback: 1 }),
      ]),
    );
    const report = await stack.run('report', 'prod/checkout');
    expect(report).toMatchObject({ exit: 0, out: expect.stringContaining('succeeded (CENSUS_AS_PLANNED)') });
  }, 120_000);
});

describe('a bad release in slots of which nothing but the release record says what they hold', () => {
  let stack: Stack;
  let onCall: OnCall;
  beforeAll(async () => {
    stack = new Stack({ toldBy: 'record' });
    await stack.open();
    onCall = new OnCall(stack);
  }, LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);

  it('is told slot by slot as it is deployed, and doctor says who told it and what nobody has told yet', async () => {
    const began = new Date(Date.now() - PAST_MS).toISOString();
    await onCall.says('release', 'prod/checkout', 'v41', '--from', began, '--slot', 'green');
    const before = await stack.run('doctor', 'prod/checkout');
    expect(before.out).toContain('told by the release record: blue unknown, green v41');
    expect(before.out).toContain('phased-rollback slot prod/checkout eu/blue=<revision>');
    await onCall.says('slot', 'prod/checkout', 'blue=v42');
    await stack.deploy();
    await onCall.says('release', 'prod/checkout', 'v42');
    const after = await stack.run('doctor', 'prod/checkout');
    expect(after.out).toMatch(/revisions eu +told by the release record: blue v42, green v41/);
    expect(after.out).toMatch(/target us +serves v42 100 %/);
  }, 240_000);

  it(
    'is taken back to the slot that the record names, though the worker dies in the middle',
    async () => {
      const ended = await endedThoughTheWorkerDies(stack, onCall);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      await restored(stack);
    },
    LONGEST_MS,
  );
});

describe('a trouble that both revisions have', () => {
  let stack: Stack;
  let onCall: OnCall;
  beforeAll(async () => ({ stack, onCall } = await deployed()), LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);

  it(
    'moves a first share, sees that it does not help, and asks instead of going on',
    async () => {
      stack.fail({ v42: 0.3, v41: 0.3 });
      await onCall.approves(await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE'));
      const halted = await onCall.sees('it asks what to do', ({ wait }) => wait?.for === 'verdict');
      expect(halted.wait?.text).toMatch(/v41/);
      for (const region of ['eu', 'us']) expect((await stack.weights(region)).v42).toBeGreaterThan(0);
      await onCall.says('unwind', 'prod/checkout', '--reason', 'not this release');
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined);
      expect(ended.end?.reason).toBe('UNWOUND');
      for (const region of ['eu', 'us']) expect(await stack.weights(region)).toMatchObject({ v41: 0 });
    },
    LONGEST_MS,
  );
});

describe('a bad release whose predecessor runs nowhere any more', () => {
  let stack: Stack;
  let onCall: OnCall;
  beforeAll(async () => {
    ({ stack, onCall } = await deployed(new Stack({ hasHook: true })));
    await stack.retire();
  }, LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);

  it(
    'is taken back once a hook of the policy has started it, and nobody is sent where nothing runs',
    async () => {
      stack.fail({ v42: 0.3 });
      const asked = await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE');
      expect(stack.regions.map((region) => stack.startedBy(region))).toEqual([undefined, undefined]);
      stack.answered();
      await onCall.approves(asked);
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      expect(stack.answered().lost).toBe(0);
      expect(stack.regions.map((region) => typeof stack.startedBy(region))).toEqual(['number', 'number']);
      await restored(stack);
    },
    LONGEST_MS,
  );
});
