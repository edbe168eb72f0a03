import type { ReportModel } from '../../../src/domain/report';
import type { ServiceView } from '../../../src/domain/service/view';
import { deployed, failing, LONGEST_MS, PAST_MS, restored } from './deployed';
import type { Deployed } from './deployed';
import { OnCall } from './on-call';
import { Stack } from './stack';

describe('a bad release whose worker dies while it is taken back', () => {
  let here: Deployed;
  beforeAll(async () => {
    here = await deployed();
  }, LONGEST_MS);
  afterAll(() => here.stack.close(), LONGEST_MS);

  it(
    'is back all the same, once another worker has gone on in the middle',
    async () => {
      const ended = await endedThoughTheWorkerDies(here);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      await restored(here.stack);
    },
    LONGEST_MS,
  );
});

/** A rollback of what begins to fail: approved, its worker killed while the first phase is watched, and seen to its end. */
async function endedThoughTheWorkerDies(here: Deployed): ReturnType<OnCall['sees']> {
  const { stack, onCall } = here;
  await onCall.approves(await failing(here));
  await onCall.sees('a phase is watched', ({ doing }) => doing === 'WATCHING');
  await stack.processes.get('worker')?.kill();
  await stack.processes.get('worker')?.start();
  return onCall.sees('it ends', ({ end }) => end !== undefined);
}

describe('a second group of alerts that fires while traffic moves', () => {
  // By its rule it fires once a region has traffic on both revisions, never before.
  let here: Deployed;
  beforeAll(async () => {
    here = await deployed(new Stack({ alsoWhileSplit: true, timing: '{ interval: 1s, settle: 6s, soak: 3s }' }));
  }, LONGEST_MS);
  afterAll(() => here.stack.close(), LONGEST_MS);

  it(
    'changes nothing about the way back',
    async () => {
      const { stack, onCall } = here;
      const asked = await failing(here);
      expect((await told(stack)).alerts.map(({ title }) => title)).toEqual(['checkout fails']);
      await onCall.approves(asked);
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      await restored(stack);
    },
    LONGEST_MS,
  );

  it('comes to the rollback that is under way, between its first shift and its last', async () => {
    const { stack } = here;
    const list = await stack.run('list', 'prod/checkout', '--output', 'json');
    expect(JSON.parse(list.out)).toMatchObject([{ number: 1, stage: 'succeeded' }]);
    const report = JSON.parse((await stack.run('report', 'prod/checkout', '--output', 'json')).out) as ReportModel;
    const shifts = report.timeline.filter(({ kind }) => kind === 'shifted').map(({ at }) => at);
    const second = report.timeline.find(({ text }) => text === 'firing critical alert "checkout fails in eu"');
    expect(second?.at).toBeGreaterThan(Math.min(...shifts));
    expect(second?.at).toBeLessThan(Math.max(...shifts));
    // Nobody had to say anything because of it.
    expect(report.decisions).toHaveLength(1);
  });

  it('is told as one that this rollback had, beside the one that started it', async () => {
    expect((await told(here.stack)).alerts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ title: 'checkout fails', rollback: 1 }),
        expect.objectContaining({ title: 'checkout fails in eu', outcome: 'FORWARDED', rollback: 1 }),
      ]),
    );
  });
});

/** What is known of the service, as the gateway tells it. */
async function told(stack: Stack): Promise<ServiceView> {
  return (await (await fetch(`${stack.gatewayUrl}/v1/services/prod/checkout`)).json()) as ServiceView;
}

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
    'is taken back to the slot that the record names, also by a worker that comes in the middle',
    async () => {
      const ended = await endedThoughTheWorkerDies({ stack, onCall });
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
      const asked = await failing({ stack, onCall });
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
