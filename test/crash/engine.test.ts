import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RollbackRef } from '../../src/domain/rollback/request';
import { startEmbedded } from '../../src/temporal';
import { JumpingClock } from './support/clock';
import { Lab } from './support/lab';
import type { LabServer } from './support/lab';
import { censusViolations, doubleViolations, effectViolations, evidenceViolations } from './support/invariants';
import { alert, alertOnce, ANSWERED_WITHIN_MS, eventually, importPast, until } from './support/people';
import { recordOf } from './support/record';
import { SmallDisk } from './support/small-disk';

/** Longer than people are patient, who say what they waited for in vain. */
const LONGEST_MS = 900_000;

const refOf = (service: string): RollbackRef => ({ environment: 'prod', service, number: 1 });

async function begin(lab: Lab, service: string): Promise<RollbackRef> {
  await importPast(lab, service);
  await alert(lab, service);
  return refOf(service);
}

/** All the way back, with every rule kept. */
const WELL = { end: 'succeeded', weights: { eu: 100, us: 100 }, violations: [] };

async function endOf(lab: Lab, ref: RollbackRef): Promise<object> {
  await until(lab, ref, 'it ends', (view) => view.end !== undefined);
  const record = await recordOf(lab, ref);
  const checks = [effectViolations, censusViolations, doubleViolations, evidenceViolations];
  const violations = checks.flatMap((violationsOf) => violationsOf(record));
  return { end: record.state.end?.kind, weights: record.weights, violations };
}

async function shown(lab: Lab, ref: RollbackRef): Promise<{ kind: string; seen?: { kind: string } }> {
  const url = `${lab.gatewayUrl}/v1/rollbacks/prod/${ref.service}/${ref.number}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) });
  return (await response.json()) as { kind: string };
}

/** Something to wait for, and what ends the wait. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

describe('Temporal away', () => {
  const lab = new Lab();
  beforeAll(() => lab.open([{ name: 'helps-away', mode: 'auto' }]), LONGEST_MS);
  afterAll(() => lab.close(), LONGEST_MS);

  it(
    'alerts are refused for now, the gateway shows what was last known, and all goes on when it is back',
    async () => {
      const ref = await begin(lab, 'helps-away');
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING');
      await eventually('it is shown', async () => ((await shown(lab, ref)).kind === 'live' ? true : undefined));
      const away = gate();
      await lab.kill('temporal', away.opened);
      try {
        expect(await alertOnce(lab, ref.service, 'while away')).toMatchObject({ status: 503, retryAfter: '5' });
        expect(await shown(lab, ref)).toMatchObject({ kind: 'lastKnown', seen: { kind: 'live' } });
      } finally {
        away.open();
      }
      await lab.whole();
      expect(await endOf(lab, ref)).toEqual(WELL);
    },
    LONGEST_MS,
  );
});

/** An embedded server whose disk goes with it. */
async function startOn(disk: SmallDisk): Promise<LabServer> {
  const server = await startEmbedded({ stateDir: disk.folder, persistent: true });
  return {
    address: server.address,
    kill: () => server.kill(),
    restart: () => server.restart(),
    stop: async () => {
      await server.stop();
      disk.unmount();
    },
  };
}

describe('the log of a worker', () => {
  const lab = new Lab();
  const id = 'rollback/prod/helps-logged/1';
  beforeAll(() => lab.open([{ name: 'helps-logged', mode: 'auto' }]), LONGEST_MS);
  afterAll(() => lab.close(), LONGEST_MS);

  /** What the worker has logged so far on behalf of the rollback. */
  function lines(): readonly Readonly<Record<string, unknown>>[] {
    return readFileSync(lab.logOf('worker'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.includes(id))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  it(
    'says in every line about a rollback which one it is, and where it was where that is known',
    async () => {
      const ref = await begin(lab, 'helps-logged');
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING');
      const away = gate();
      await lab.kill('metrics', away.opened);
      try {
        // Lines of workflow code as well: this one wonders about a message.
        await lab.connection.client.workflow.getHandle(id).signal('nobodyTakesThis');
        await eventually('it wonders', async () => lines().find(({ signal }) => signal === 'nobodyTakesThis'));
        await eventually('a gap is logged', async () => lines().find(({ msg }) => String(msg).includes('metrics')));
      } finally {
        away.open();
      }
      await lab.whole();
      expect(await endOf(lab, ref)).toEqual(WELL);
      expect(lines().filter(({ rollback }) => rollback !== id)).toEqual([]);
      const gap = lines().find(({ msg }) => String(msg).includes('metrics'));
      const wondered = lines().find(({ signal }) => signal === 'nobodyTakesThis');
      for (const line of [gap, wondered])
        expect(line).toMatchObject({ rollback: id, stage: 'moving', phase: expect.any(Number) as number });
    },
    LONGEST_MS,
  );
});

describe('a disk that is full under the Temporal server', () => {
  const lab = new Lab();
  let disk: SmallDisk;
  beforeAll(
    () =>
      lab.open([{ name: 'helps-full', mode: 'auto' }], {
        server: (dir) => {
          disk = new SmallDisk(join(dir, 'disk'), 64);
          return startOn(disk);
        },
      }),
    LONGEST_MS,
  );
  afterAll(async () => {
    await lab.close();
  }, LONGEST_MS);

  it(
    'takes nothing that it cannot keep, and loses nothing: all goes on when there is room again',
    async () => {
      const ref = await begin(lab, 'helps-full');
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING');
      disk.fill();
      const refused = await eventually('an alert is refused', async () => {
        const answer = await alertOnce(lab, ref.service, `full-${Date.now()}`);
        return answer.status === 202 ? undefined : answer;
      });
      expect(refused.status).toBe(503);
      disk.clear();
      await alert(lab, ref.service, 'room again');
      expect(await endOf(lab, ref)).toEqual(WELL);
    },
    LONGEST_MS,
  );
});

describe('a worker that runs out of memory', () => {
  const lab = new Lab();
  beforeAll(async () => {
    await lab.open([{ name: 'helps-oom', mode: 'auto' }], { processes: 'none' });
    await lab.addWorker('worker', lab.address, { NODE_OPTIONS: '--max-old-space-size=256' });
  }, LONGEST_MS);
  afterAll(() => lab.close(), LONGEST_MS);

  it(
    'dies in the middle of a shift, is started again, and the rollback goes on',
    async () => {
      let isOver = false;
      lab.onPoint = async ({ activity, when }) => {
        if (isOver || activity !== 'shift' || when !== 'during') return 'go';
        isOver = true;
        return 'exhaust';
      };
      expect(await endOf(lab, await begin(lab, 'helps-oom'))).toEqual(WELL);
      expect(isOver).toBe(true);
      expect(readFileSync(lab.logOf('worker'), 'utf8')).toContain('JavaScript heap out of memory');
    },
    LONGEST_MS,
  );
});

describe('a clock that jumps under a worker', () => {
  const lab = new Lab();
  const services = ['helps-forward', 'helps-backward'];
  let clock: JumpingClock;
  beforeAll(async () => {
    await lab.open(
      services.map((name) => ({ name, mode: 'auto' })),
      { processes: 'none' },
    );
    clock = new JumpingClock(join(lab.dir, 'clock'));
    await lab.addWorker('worker', lab.address, clock.env);
  }, LONGEST_MS);
  afterAll(() => lab.close(), LONGEST_MS);

  it.each([
    ['an hour forward', 'helps-forward', 3_600],
    ['an hour backward', 'helps-backward', -3_600],
  ])(
    'changes no verdict and no end: %s in the middle of a bake, and right again later',
    async (_how, service, seconds) => {
      clock.jump(0);
      const ref = await begin(lab, service);
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING');
      clock.jump(seconds);
      await until(lab, ref, 'the next phase', (view) => (view.phase?.number ?? 1) > 1 || view.end !== undefined);
      clock.jump(0);
      expect(await endOf(lab, ref)).toEqual(WELL);
    },
    LONGEST_MS,
  );
});
