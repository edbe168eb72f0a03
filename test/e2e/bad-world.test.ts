import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as fleetsModule from '../../src/demo/fleet/scenario-fleets';
import type { TargetFaults } from '../../src/demo/fleet/types';
import type * as runDemoModule from '../../src/demo/run-demo';
import type * as stageModule from '../../src/demo/stage';
import type { Stage } from '../../src/demo/stage';
import type { StatusView } from '../../src/domain/rollback/status-view';

// The compiled product: its processes are started as a user would start them.
const { setStage } = require('../../dist/demo/stage') as typeof stageModule;
const { importPast } = require('../../dist/demo/run-demo') as typeof runDemoModule;
const { SCENARIO_FLEETS } = require('../../dist/demo/fleet/scenario-fleets') as typeof fleetsModule;

const LONGEST_MS = 240_000;
/** What is recorded is durable, and applied as soon as a busy worker comes to it; each test waits for what comes of it. */
const TAKEN = expect.stringMatching(/^(applied|recorded)$/) as string;
const SERVICE = { environment: 'prod', service: 'checkout' };

/** Everything real: Temporal, worker, gateway, two regions of processes, HTTP between all of them. */
describe('real targets and metrics that go wrong', () => {
  let stage: Stage;
  let stateDir: string;
  let words = 0;

  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'phased-rollback-bad-world-'));
    stage = await setStage({
      stateDir,
      fleet: { ...SCENARIO_FLEETS.helps, requestsPerSecond: 150, startupMs: 100 },
      policy: { mode: 'auto', pace: 'balanced' },
      persistent: false,
      onProgress: () => undefined,
    });
    await importPast(stage, { line: () => undefined });
  }, LONGEST_MS);

  afterAll(async () => {
    await stage.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }, LONGEST_MS);

  afterEach(async () => {
    for (const target of ['eu', 'us']) await stage.fleet.setFaults(target, {});
    const view = await look();
    if (!view.end) {
      await say(view.youCan.includes('unwind') ? 'unwind' : 'abort');
      await until('ended', (seen) => seen.end !== undefined);
    }
    for (const target of ['eu', 'us']) await stage.fleet.foreignShift(target, 0);
  }, LONGEST_MS);

  const said = () => ({ id: `word-${(words += 1)}`, by: 'ada', at: Date.now(), reason: 'a drill' });

  async function begin(faults: Readonly<Record<string, TargetFaults>> = {}, toRevision = 'v41'): Promise<void> {
    const before = (await stage.client.latest(SERVICE))?.number ?? 0;
    for (const [target, fault] of Object.entries(faults)) await stage.fleet.setFaults(target, fault);
    const start = {
      ...said(),
      kind: 'start' as const,
      cause: 'errors' as const,
      fromRevision: 'v42',
      toRevision,
    };
    expect(await stage.client.tellService(SERVICE, start)).toMatchObject({ kind: TAKEN });
    await until('begun', ({ number }) => number > before);
  }

  /** What the rollback itself says: on a busy machine its worker may need longer than a status waits. */
  async function look(): Promise<StatusView> {
    return until('an answer', () => true);
  }

  async function until(what: string, wanted: (view: StatusView) => boolean): Promise<StatusView> {
    const deadline = Date.now() + LONGEST_MS;
    for (;;) {
      const ref = await stage.client.latest(SERVICE);
      const snapshot = ref && (await stage.client.status(ref));
      if (snapshot?.kind === 'live' && wanted(snapshot.view)) return snapshot.view;
      if (Date.now() > deadline) throw new Error(`never ${what}: ${JSON.stringify(snapshot)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  const waiting = (reason: string) => until(`waiting for ${reason}`, (view) => view.wait?.reason === reason);
  const watching = () => until('watching', (view) => view.doing === 'WATCHING');

  async function say(kind: 'unwind' | 'abort' | 'retry', waitId?: string): Promise<void> {
    const { number } = (await stage.client.latest(SERVICE))!;
    const word = { ...said(), kind, ...(waitId === undefined ? {} : { waitId }) };
    expect(await stage.client.tellRollback({ ...SERVICE, number }, word)).toMatchObject({ kind: TAKEN });
  }

  const moved = async (target: string) => {
    const truth = await stage.fleet.observe();
    return truth.find((entry) => entry.target === target)?.revisions.find((entry) => entry.revision === 'v41')?.weight;
  };

  it(
    'asks before anything is touched when no target knows the revision to go back to',
    async () => {
      const before = stage.fleet.effects().length;
      await begin({}, 'v99');
      const { wait } = await waiting('NOT_READY');
      expect(wait?.text).toContain('v99');
      expect(stage.fleet.effects()).toHaveLength(before);
    },
    LONGEST_MS,
  );

  it(
    'asks when a target refuses, with its own words, and goes on once it does not',
    async () => {
      await begin({ eu: { refuse: 'the region is frozen', operations: ['shift'] } });
      const { wait } = await waiting('REFUSED');
      expect(wait?.text).toContain('the region is frozen');
      expect(await moved('eu')).toBe(0);
      await stage.fleet.setFaults('eu', {});
      const before = stage.fleet.effects().length;
      await say('retry', wait?.id);
      await watching();
      expect(stage.fleet.effects().slice(before)).toContainEqual(
        expect.objectContaining({ target: 'eu', operation: 'shift', to: 25 }),
      );
    },
    LONGEST_MS,
  );

  it(
    'applies a shift once when the answer never comes',
    async () => {
      const before = stage.fleet.effects().length;
      await begin({ eu: { hangMs: 8_000, operations: ['shift'], times: 1 } });
      await watching();
      const shifts = stage.fleet
        .effects()
        .slice(before)
        .filter(({ operation, to }) => operation === 'shift' && to === 25);
      expect(shifts).toMatchObject([{ target: 'eu', to: 25 }]);
    },
    LONGEST_MS,
  );

  it(
    'believes what it reads, not what it is told: a target that lies about its weight stops it',
    async () => {
      await begin({ eu: { lieWeight: 0, operations: ['observe', 'shift'] } });
      const { wait } = await waiting('CONFLICT');
      expect(wait?.text).toContain('said done');
      expect(wait?.text).toContain('0 %');
    },
    LONGEST_MS,
  );

  it(
    'notices when somebody else moves traffic under its hands',
    async () => {
      await begin();
      await watching();
      await stage.fleet.foreignShift('eu', 0);
      const { wait } = await waiting('HOLD');
      expect(wait?.text).toContain('someone else changed it');
    },
    LONGEST_MS,
  );

  it.each([
    ['are missing', 'unavailable'],
    ['are no numbers', 'nan'],
    ['stand still', 'frozen'],
  ] as const)(
    'asks when metrics %s, and never takes that for good',
    async (_what, metrics) => {
      await begin();
      await watching();
      for (const target of ['eu', 'us']) await stage.fleet.setFaults(target, { metrics });
      const { wait, targets } = await waiting('HOLD');
      expect(wait?.text).toMatch(/no usable metrics|stand still/);
      expect(targets.map((target) => target.weight)).toEqual([25, 0]);
    },
    LONGEST_MS,
  );

  it(
    'counts on when a target dies and comes back with its counters at zero',
    async () => {
      await begin();
      await watching();
      await stage.fleet.killProxy('eu');
      await stage.fleet.restartProxy('eu');
      const { end } = await until('ended', (view) => view.end !== undefined || view.wait !== undefined);
      expect(end).toMatchObject({ kind: 'succeeded' });
    },
    2 * LONGEST_MS,
  );
});
