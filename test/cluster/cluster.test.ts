import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { RollbackRef } from '../../src/domain/rollback/request';
import { Lab } from '../crash/support/lab';
import {
  censusViolations,
  doubleViolations,
  effectViolations,
  evidenceViolations,
  lossViolations,
} from '../crash/support/invariants';
import { alert, eventually, importPast, until } from '../crash/support/people';
import { recordOf } from '../crash/support/record';
import { phasedRollback } from '../e2e/support';
import { Cluster } from './support/cluster';

const LONGEST_MS = 20 * 60_000;
const VICTIMS = ['worker', 'gateway', 'temporal', 'postgresql'] as const;
const serviceOf = (victim: string): string => `helps-${victim}`;

/** Temporal on PostgreSQL as docker-compose.yml has it, with two workers and two gateways as they are deployed. */
describe('a real cluster', () => {
  const lab = new Lab();
  let cluster: Cluster;
  const setUps: string[] = [];

  beforeAll(async () => {
    await lab.open(
      VICTIMS.map((victim) => ({ name: serviceOf(victim), mode: 'auto' })),
      { processes: 'deployed', server: startCluster },
    );
  }, LONGEST_MS);

  afterAll(() => lab.close(), LONGEST_MS);

  async function startCluster(dir: string) {
    // PostgreSQL runs as a user of its own, who must get through to its folder.
    chmodSync(dir, 0o711);
    cluster = new Cluster(join(dir, 'cluster'), (line) => process.stderr.write(`${line}\n`));
    await cluster.start();
    const { address } = cluster;
    for (let time = 0; time < 2; time += 1)
      setUps.push(
        await eventually('set-up', async () => {
          const ran = await phasedRollback(['setup', '--address', address]);
          return ran.exit === 0 ? ran.out : undefined;
        }),
      );
    return {
      address,
      kill: () => cluster.killTemporal(),
      restart: () => cluster.startTemporal(),
      stop: () => cluster.stop(),
    };
  }

  async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
    if (victim !== 'postgresql') return lab.kill(victim, 0);
    cluster.killDatabase();
    cluster.startDatabase();
  }

  it('is set up by one command, which may be said again', () => {
    expect(setUps[0]).toMatch(/default \(created\)[^]*added RollbackService, RollbackStage, RollbackReason/);
    expect(setUps[1]).toMatch(/default \(was there\)[^]*were there/);
  });

  it.each(VICTIMS)(
    'takes a release back though its %s is killed in the middle',
    async (victim) => {
      const service = serviceOf(victim);
      const ref: RollbackRef = { environment: 'prod', service, number: 1 };
      await importPast(lab, service);
      await alert(lab, service);
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING');
      await kill(victim);
      await until(lab, ref, 'it ends', (view) => view.end !== undefined);
      await lab.whole();
      const record = await recordOf(lab, ref);
      expect(record.state.end).toMatchObject({ kind: 'succeeded', reason: 'CENSUS_AS_PLANNED' });
      expect(record.weights).toEqual({ eu: 100, us: 100 });
      const checks = [effectViolations, censusViolations, doubleViolations, evidenceViolations];
      expect([...checks.flatMap((violations) => violations(record)), ...lossViolations(record, [])]).toEqual([]);
    },
    LONGEST_MS,
  );

  it(
    'tells the same at both gateways',
    async () => {
      // On a busy machine one of them may be answered by Temporal alone: what the rollback itself says is compared.
      const tell = (url: string): Promise<object> =>
        eventually(`${url} tells it`, async () => {
          const answer = await fetch(`${url}/v1/rollbacks/prod/${serviceOf('worker')}/1`);
          const told = (await answer.json()) as { readonly kind?: string };
          return told.kind === 'live' ? told : undefined;
        });
      const [first, second] = await Promise.all([lab.gatewayUrl, lab.secondGatewayUrl].map(tell));
      expect(second).toEqual(first);
      expect(first).toMatchObject({ view: { end: { kind: 'succeeded' } } });
    },
    LONGEST_MS,
  );
});
