import { Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { rollbackId } from '../../src/domain/rollback/request';
import { live, LIVES } from './lives';
import type { LifeName } from './lives';
import { Lab, VICTIMS } from './support/lab';
import type { Victim } from './support/lab';
import type { LifeKind } from './support/life';
import { eventually } from './support/people';
import {
  censusViolations,
  doubleViolations,
  effectViolations,
  evidenceViolations,
  lossViolations,
  orderViolations,
} from './support/invariants';
import { recordOf } from './support/record';
import type { LifeRecord } from './support/record';
import { LATE_MS, resumptions } from './support/resumption';
import type { Kill } from './support/resumption';

/** All five make the matrix whole; the first two are what there is time for in every run. */
const ROUNDS = process.env.CRASH_ROUNDS === undefined ? [0, 1] : process.env.CRASH_ROUNDS.split(',').map(Number);
const LABS = Number(process.env.CRASH_LABS ?? 3);
const LONGEST_MS = 3_600_000;
const NAMES = Object.keys(LIVES) as readonly LifeName[];

/** Who dies at a point in a round: over five rounds everybody at every point, at once or late back in turn. */
function fateOf(point: number, round: number): { readonly victim: Victim; readonly backAfterMs: number } {
  const victim = VICTIMS[(point + round) % VICTIMS.length] ?? 'worker';
  return { victim, backAfterMs: round % 2 === 0 ? 0 : LATE_MS };
}

interface Played {
  readonly name: LifeName;
  /** Undefined for the life in which nothing dies. */
  readonly round: number | undefined;
  readonly record: LifeRecord;
  readonly kills: readonly Kill[];
}

const serviceOf = (name: LifeName, round: number | undefined): string =>
  `${LIVES[name].fate}-${name}-${round ?? 'control'}`;

async function play(lab: Lab, name: LifeName, round: number | undefined): Promise<Played> {
  const service = serviceOf(name, round);
  const points: readonly string[] = LIVES[name].points;
  const left = new Set(round === undefined ? [] : points);
  const kills: Kill[] = [];
  const dieAt = async (point: string, activityId = '', attempt = 0): Promise<Victim | undefined> => {
    if (round === undefined || !left.delete(point)) return undefined;
    const { victim, backAfterMs } = fateOf(points.indexOf(point), round);
    kills.push({ point, victim, late: backAfterMs > 0, killedAt: Date.now(), activityId, attempt });
    await lab.kill(victim, backAfterMs);
    return victim;
  };
  const ref = { environment: 'prod', service, number: 1 };
  const meets = new Map(Object.entries((LIVES[name] as LifeKind).meets ?? {}));
  lab.onPoint = async ({ activity, when, workflow, activityId, attempt }) => {
    const point = `${activity}/${when}`;
    if (workflow === rollbackId(ref)) {
      const meddle = meets.get(point);
      if (await meddle?.(lab, ref)) meets.delete(point);
    }
    const ours = [rollbackId(ref), `service/prod/${service}`].includes(workflow);
    const died = ours && (await dieAt(point, activityId, attempt));
    return died === 'worker' ? 'die' : 'go';
  };
  await live(lab, name, ref, async (moment) => {
    if ((await dieAt(moment)) === undefined || !moment.startsWith('wait/')) return;
    await lab.whole();
    await eventually(`it still waits at ${moment}`, async () => {
      const snapshot = await lab.client.status(ref);
      return snapshot.kind === 'live' && snapshot.view.wait?.reason === moment.slice('wait/'.length) ? true : undefined;
    });
  });
  const record = await recordOf(lab, ref);
  process.stderr.write(`${service}: ${record.state.end?.reason} after ${kills.length} kills\n`);
  return { name, round, record, kills: kills.map((kill) => ({ ...kill, backAt: backAfter(lab, kill) })) };
}

function backAfter(lab: Lab, { victim, killedAt }: Kill): number | undefined {
  return lab.deaths.find((death) => death.victim === victim && death.killedAt >= killedAt)?.backAt;
}

/** Plays a share of all lives in one laboratory after the other. */
async function playAll(lives: readonly (readonly [LifeName, number | undefined])[]): Promise<readonly Played[]> {
  const lab = new Lab();
  try {
    await lab.open(lives.map(([name, round]) => ({ ...LIVES[name], name: serviceOf(name, round) })));
    const played: Played[] = [];
    for (const [name, round] of lives) played.push(await play(lab, name, round));
    return played;
  } finally {
    await lab.close();
  }
}

let played: readonly Played[] = [];

beforeAll(async () => {
  const all = [...ROUNDS, undefined].flatMap((round) => NAMES.map((name) => [name, round] as const));
  // Killed lives first, each of the long ones in a laboratory of its own.
  const shares = Array.from({ length: LABS }, (_, lab) => all.filter((_life, index) => index % LABS === lab));
  played = (await Promise.all(shares.map(playAll))).flat();
}, LONGEST_MS);

const killed = (): readonly Played[] => played.filter((life) => life.round !== undefined);

describe('whoever dies at whatever step', () => {
  it('dies there: every step of every life was reached and somebody was killed at it', () => {
    for (const life of killed()) {
      expect({ life: life.record.ref.service, points: life.kills.map((kill) => kill.point).sort() }).toEqual({
        life: life.record.ref.service,
        points: [...LIVES[life.name].points].sort(),
      });
    }
  });

  it('covers every pair of step, victim and way back, as far as the rounds reach', () => {
    const kills = killed().flatMap((life) => life.kills.map((kill) => ({ ...kill, name: life.name })));
    const steps = NAMES.reduce((sum, name) => sum + LIVES[name].points.length, 0);
    const pairs = (of: (kill: (typeof kills)[number]) => string) => new Set(kills.map(of)).size;
    expect(pairs((kill) => `${kill.name}/${kill.point}/${kill.victim}`)).toBe(steps * ROUNDS.length);
    expect(pairs((kill) => `${kill.victim}/${kill.late}`)).toBe(VICTIMS.length * Math.min(2, ROUNDS.length));
    expect(pairs((kill) => `${kill.name}/${kill.point}/${kill.late}`)).toBe(steps * Math.min(2, ROUNDS.length));
  });

  it('ends as it would have ended if nobody had died', () => {
    for (const { name, record } of played) {
      const { kind, reason, weight }: LifeKind['expected'] = LIVES[name].expected;
      const control = played.find((other) => other.name === name && other.round === undefined)?.record;
      const { service } = record.ref;
      expect({ service, end: record.state.end }).toMatchObject({ service, end: { kind, reason } });
      expect({ service, phases: passed(record) }).toEqual({ service, phases: control && passed(control) });
      const weights = Object.fromEntries(
        Object.keys(record.weights).map((target) => [
          target,
          weight === 'as moved' ? control?.weights[target] : weight,
        ]),
      );
      expect({ service, weights: record.weights }).toEqual({ service, weights });
    }
  });

  it('applies every numbered effect at most once, and moves nobody back but by an unwind', () => {
    expect(played.flatMap(({ record }) => Object.values(record.effects).flat()).length).toBeGreaterThan(played.length);
    expect(played.flatMap(({ record }) => effectViolations(record))).toEqual([]);
  });

  it('begins no effect between a pause and its resume, none after an abort, and none before the first approval', () => {
    expect(played.flatMap(({ record }) => orderViolations(record))).toEqual([]);
  });

  it('widens only on requests that were seen', () => {
    expect(played.flatMap(({ record }) => evidenceViolations(record))).toEqual([]);
  });

  it('loses no word: every alert and command that was accepted is answered in the record, and a report is archived', () => {
    expect(played.flatMap(({ name, record }) => lossViolations(record, wordsOf(name)))).toEqual([]);
  });

  it('says succeeded only where the targets serve what was planned', () => {
    expect(played.flatMap(({ record }) => censusViolations(record))).toEqual([]);
  });

  it('starts no second rollback', () => {
    expect(played.flatMap(({ record }) => doubleViolations(record))).toEqual([]);
  });

  it('goes on within the time that the settings imply, whoever has died', () => {
    const resumed = killed().flatMap(({ record, kills }) => resumptions(record, kills));
    expect([...new Set(resumed.map(({ victim }) => victim))].sort()).toEqual([...VICTIMS].sort());
    expect(resumed.filter(({ afterMs, allowedMs }) => afterMs > allowedMs)).toEqual([]);
  });

  it(
    'leaves histories that replay',
    async () => {
      const histories = played.map(({ record }) => ({ workflowId: record.ref.service, history: record.history }));
      const options = { workflowBundle: { codePath: join(__dirname, '..', '..', 'dist', 'workflow-bundle.js') } };
      for await (const result of Worker.runReplayHistories(options, histories))
        expect({ id: result.workflowId, error: result.error }).toEqual({ id: result.workflowId, error: undefined });
    },
    LONGEST_MS,
  );
});

function wordsOf(name: LifeName): readonly string[] {
  const points: readonly string[] = LIVES[name].points;
  const words = points.flatMap((point) => (point.startsWith('message/') ? [point.slice(8).split(' ')[0] ?? ''] : []));
  return words.filter((word) => word !== 'alert');
}

function passed({ state }: LifeRecord): readonly string[] {
  return state.phases.map((phase) => phase.passedBy ?? 'not');
}
