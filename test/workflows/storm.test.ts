import { RollbackClient } from '../../src/client';
import { serviceOutcomeQuery, serviceStatusQuery } from '../../src/contracts/definitions';
import { TASK_QUEUE } from '../../src/contracts/task-queues';
import { rollbackId, serviceId } from '../../src/domain/rollback/request';
import { openService } from '../../src/domain/service/state';
import { alert } from '../domain/rollback/support/fixtures';
import { past, Theatre } from './support/play';
import { answerTo, until } from './support/until';

/** Five hundred take half a minute and more; whoever changes what they meet sets STORM_SERVICES=500 once. */
const SERVICES = Number(process.env.STORM_SERVICES ?? 60);
const ENVIRONMENT = 'storm';
const AT_ONCE = 50;
const LONGEST_MS = 240_000;

let theatre: Theatre;
let client: RollbackClient;
beforeAll(async () => {
  theatre = await Theatre.open('storm', {}, 10_000);
  client = new RollbackClient({ client: theatre.client, signalMs: 60_000, readBackMs: 60_000 });
});
afterAll(async () => {
  await theatre.dismiss();
  // Nothing of the storm may load the server that other suites share.
  const running = theatre.client.workflow.list({ query: "ExecutionStatus = 'Running'" });
  for await (const { workflowId } of running) {
    await theatre.client.workflow
      .getHandle(workflowId)
      .terminate('the storm is over')
      .catch(() => undefined);
  }
  await theatre.close();
}, LONGEST_MS);

async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE)
    results.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))));
  return results;
}

/** Services in mode `auto` that run and know what was released: each alone would be taken back by itself. */
async function services(): Promise<readonly string[]> {
  const names = Array.from({ length: SERVICES }, () => theatre.furnish({ policy: { mode: 'auto' } }).service);
  await inTurns(names, (service) =>
    theatre.client.workflow.start('service', {
      workflowId: serviceId({ environment: ENVIRONMENT, service }),
      taskQueue: TASK_QUEUE,
      args: [
        {
          environment: ENVIRONMENT,
          service,
          carried: { ...openService(ENVIRONMENT, service), releases: past(Date.now()) },
        },
      ],
    }),
  );
  return names;
}

const handleOf = (service: string) =>
  theatre.client.workflow.getHandle(serviceId({ environment: ENVIRONMENT, service }));

describe(`an alert of each of ${SERVICES} services at once`, () => {
  it(
    'starts the first two rollbacks at most, tells people once, and is lost nowhere',
    async () => {
      const pager = theatre.furnish();
      const limits = { automaticAtOnce: 2, commonCause: { services: 3, withinMs: 300_000 } };
      theatre.environments.limit(ENVIRONMENT, { ...limits, notify: [{ type: 'fake', service: pager.service }] });
      const names = await services();
      const begun = Date.now();
      await inTurns(names, (service) => {
        const fresh = alert({ environment: ENVIRONMENT, service, startsAt: begun - 1_000, receivedAt: Date.now() });
        const handOver = async (): Promise<true> => {
          await client.alerts(fresh, [{ deliveryId: `d-${service}`, alert: fresh }]);
          return true;
        };
        return until(`the alert of ${service} is recorded`, handOver, LONGEST_MS);
      });
      const heard = async () => (await client.environment(ENVIRONMENT))?.commonCause?.services.length === SERVICES;
      await until('the environment has heard of all', async () => (await heard()) || undefined, LONGEST_MS);
      const outcomes = await inTurns(names, (service) =>
        until(
          `an answer of ${service}`,
          () => handleOf(service).query(serviceOutcomeQuery, `d-${service}`),
          LONGEST_MS,
        ),
      );
      const started = names.filter((_service, index) => outcomes[index]?.result === 'applied');
      const codes = outcomes.flatMap((outcome) => (outcome.result === 'refused' ? [outcome.code] : []));
      expect(started.length).toBeLessThanOrEqual(2);
      expect(new Set(codes)).toEqual(new Set(['COMMON_CAUSE']));
      expect(codes).toHaveLength(SERVICES - started.length);

      const pages = () => pager.world.notifications;
      await until('people are told', async () => pages()[0]);
      const view = await until('the environment answers', () => client.environment(ENVIRONMENT));
      expect(view.commonCause?.services.toSorted()).toEqual(names.toSorted());
      expect(pages()).toHaveLength(1);
      expect(pages()[0]).toMatchObject({
        level: 'page',
        title: expect.stringMatching(/^storm: COMMON_CAUSE, \d+ serv/),
      });

      const moved = names.filter((service) => (theatre.worlds.get(service)?.world.applied.length ?? 0) > 0);
      expect(moved.filter((service) => !started.includes(service))).toEqual([]);
      const listed = await client.list({ environment: ENVIRONMENT, limit: 10 });
      expect(listed.map(({ service }) => service).filter((service) => !started.includes(service))).toEqual([]);

      const [quiet = ''] = names.filter((service) => !started.includes(service));
      expect(await answerTo(() => handleOf(quiet).query(serviceStatusQuery))).toMatchObject({
        alerts: [{ outcome: 'COMMON_CAUSE', status: 'firing' }],
      });
      const start = { kind: 'start' as const, id: 'by-hand', by: 'ada', at: Date.now(), reason: 'it is this one' };
      const answer = await client.tellService({ environment: ENVIRONMENT, service: quiet }, start);
      expect(answer).toMatchObject({
        kind: 'applied',
        rollback: rollbackId({ environment: ENVIRONMENT, service: quiet, number: 1 }),
      });
      const byHand = theatre.client.workflow.getHandle(
        rollbackId({ environment: ENVIRONMENT, service: quiet, number: 1 }),
      );
      expect(await byHand.result()).toMatchObject({ end: { kind: 'succeeded' } });
    },
    LONGEST_MS,
  );
});
