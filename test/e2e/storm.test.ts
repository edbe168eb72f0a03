import { WorkflowNotFoundError } from '@temporalio/client';
import { rollbackId, serviceId } from '../../src/domain/rollback/request';
import { Lab } from '../crash/support/lab';
import { eventually, importPast, say, until } from '../crash/support/people';
import { TcpGate } from '../support/tcp-gate';
import { Sender, deliverAll, groupOf, metricOf } from './storm-support';
import type { Answered } from './storm-support';

const LONGEST_MS = 600_000;
/** 10,000 by `STORM=10000`; everything that is held here is held relative to it. */
const DELIVERIES = Number(process.env.STORM ?? 2_000);
const AT_A_TIME = 50;
const LARGEST_GROUP = 20;
/** What a gateway's heap may have at most, garbage included: it dies of more, and its senders would see that. */
const GATEWAY_HEAP_MIB = 96;
/** What a gateway may hold more, its garbage collected, after all of the storm than after its first fifth. */
const GROWN = 1.1;

const accepted = (answer: Answered): boolean => answer.status === 202;

describe('a storm of alerts about one incident, through two gateways', () => {
  const lab = new Lab();
  const name = 'helps-storm';
  const ref = { environment: 'prod', service: name, number: 1 };
  let answers: readonly Answered[] = [];
  let heap: { readonly early: number; readonly late: number };
  const urls = () => [lab.gatewayUrl, lab.secondGatewayUrl];
  const largest = async () =>
    Math.max(
      ...(await Promise.all(['gateway', 'gateway-2'].map((one) => lab.holdings(one)))).map((held) => held.heapMiB),
    );
  const total = async (metric: string) =>
    (await Promise.all(urls().map((url) => metricOf(url, `phased_rollback_${metric}`)))).reduce((a, b) => a + b, 0);

  beforeAll(async () => {
    const bounded = { probed: true, gatewayHeapMiB: GATEWAY_HEAP_MIB };
    await lab.open([{ name, mode: 'ask' }], { processes: 'deployed', ...bounded });
    await importPast(lab, name);
    const senders = urls().map((url) => new Sender(url, AT_A_TIME));
    const startsAt = new Date(Date.now() - 1_000).toISOString();
    const sizeAt = (index: number) => 1 + Math.floor((index * LARGEST_GROUP) / DELIVERIES);
    const bodies = Array.from({ length: DELIVERIES }, (_, index) => groupOf(name, sizeAt(index), startsAt));
    const early = bodies.length / 5;
    const first = await deliverAll(senders, bodies.slice(0, early), AT_A_TIME);
    const before = await largest();
    const rest = await deliverAll(senders, bodies.slice(early), AT_A_TIME);
    heap = { early: before, late: await largest() };
    answers = [...first, ...rest];
    for (const sender of senders) sender.close();
  }, LONGEST_MS);
  afterAll(() => lab.close(), LONGEST_MS);

  /** Events of every run of the service's workflow, by the chain of continue-as-new. */
  async function eventsOfService(): Promise<readonly { readonly type: string }[]> {
    const { client } = lab.connection;
    const workflowId = serviceId(ref);
    const types: { type: string }[] = [];
    for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      for (const event of events ?? [])
        types.push({ type: event.workflowExecutionSignaledEventAttributes ? 'signal' : 'other' });
    }
    return types;
  }

  it('answers every delivery: recorded, or deliver it again', () => {
    expect(answers).toHaveLength(DELIVERIES);
    const others = answers.filter(
      ({ status, retryAfter }) => status !== 202 && !(status === 503 && retryAfter === '5'),
    );
    expect(others).toEqual([]);
    expect(answers.filter(accepted).length).toBeGreaterThan(DELIVERIES / 2);
  });

  it(
    'starts one rollback, which knows every alert that was accepted',
    async () => {
      await until(lab, ref, 'it asks', (view) => view.wait?.reason === 'GATE');
      const { client } = lab.connection;
      const second = client.workflow.getHandle(rollbackId({ ...ref, number: 2 })).describe();
      await expect(second).rejects.toThrow(WorkflowNotFoundError);
      const state = await eventually('the service has handled them', async () => {
        const view = await lab.client.serviceView(ref);
        return view?.alerts.length === LARGEST_GROUP ? view : undefined;
      });
      expect(state.alerts.map(({ outcome }) => outcome).sort()).toEqual(
        [...Array.from({ length: LARGEST_GROUP - 1 }, () => 'FORWARDED'), 'STARTED'].sort(),
      );
    },
    LONGEST_MS,
  );

  it(
    'reaches Temporal as a trickle',
    async () => {
      const events = await eventsOfService();
      const signals = events.filter(({ type }) => type === 'signal').length;
      process.stderr.write(
        `${DELIVERIES} deliveries: ${signals} signals, ${events.length} events, ${await total('alert_calls_total')} calls, `,
      );
      process.stderr.write(`${answers.filter(accepted).length} accepted, heap ${heap.early} then ${heap.late} MiB\n`);
      expect(signals).toBeLessThanOrEqual(DELIVERIES / 10);
      expect(events.length).toBeLessThan(DELIVERIES);
      expect(await total('alert_deliveries_total{result="accepted"}')).toBe(answers.filter(accepted).length);
    },
    LONGEST_MS,
  );

  it('holds no more memory after all of it than after a fifth of it', () => {
    expect(heap.late / heap.early).toBeLessThan(GROWN);
  });

  it(
    'takes an ordinary alert, and leads the one rollback to its end, when it is over',
    async () => {
      const sender = new Sender(lab.gatewayUrl, 1);
      const alert = groupOf(name, 1, new Date().toISOString());
      await eventually('it is taken', async () => ((await sender.deliver(alert)).status === 202 ? true : undefined));
      sender.close();
      const asked = await until(lab, ref, 'it asks', (view) => view.wait?.reason === 'GATE');
      await say(lab, ref, 'approve', { waitId: asked.wait?.id });
      const ended = await until(lab, ref, 'it ends', (view) => view.end !== undefined);
      expect(ended.end?.kind).toBe('succeeded');
    },
    LONGEST_MS,
  );
});

describe('a storm of alerts while Temporal does not answer', () => {
  const lab = new Lab();
  const gate = new TcpGate();
  const name = 'helps-dark';
  let url = '';
  beforeAll(async () => {
    await lab.open([{ name, mode: 'ask' }], { processes: 'none', probed: true, gatewayHeapMiB: GATEWAY_HEAP_MIB });
    await gate.open(lab.address);
    url = await lab.addGateway('behind-the-gate', gate.address);
  }, LONGEST_MS);
  afterAll(async () => {
    gate.close();
    await lab.close();
  }, LONGEST_MS);

  it(
    'is answered 503 in bounded memory, mostly unread, and the next alert is taken when it answers again',
    async () => {
      const sender = new Sender(url, 10 * AT_A_TIME);
      const body = groupOf(name, LARGEST_GROUP, new Date().toISOString());
      const bodies = (length: number) => Array.from({ length }, () => body);
      gate.cut();
      const first = await deliverAll([sender], bodies(DELIVERIES / 5), 10 * AT_A_TIME);
      const { heapMiB: early } = await lab.holdings('behind-the-gate');
      const rest = await deliverAll([sender], bodies(DELIVERIES), 10 * AT_A_TIME);
      const { heapMiB: late } = await lab.holdings('behind-the-gate');
      const answers = [...first, ...rest];
      expect(answers.filter(({ status, retryAfter }) => status !== 503 || retryAfter !== '5')).toEqual([]);
      const codes = new Set(answers.map(({ code }) => code));
      expect(codes).toEqual(new Set(['TEMPORAL_UNAVAILABLE', 'TOO_MANY_ALERTS']));
      process.stderr.write(`heap ${early} then ${late} MiB\n`);
      expect(late / early).toBeLessThan(GROWN);
      expect((await fetch(`${url}/healthz`)).ok).toBe(true);
      gate.heal();
      await eventually('it is taken', async () => ((await sender.deliver(body)).status === 202 ? true : undefined));
      sender.close();
    },
    LONGEST_MS,
  );
});
