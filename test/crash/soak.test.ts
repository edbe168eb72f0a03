import { Worker } from '@temporalio/worker';
import { join } from 'node:path';
import type { StatusView } from '../../src/domain/rollback/status-view';
import type { RollbackRef } from '../../src/domain/rollback/request';
import { seeded } from '../domain/judge/support';
import { delay, Lab } from './support/lab';
import {
  censusViolations,
  doubleViolations,
  effectViolations,
  evidenceViolations,
  lossViolations,
  orderViolations,
} from './support/invariants';
import { alert, answerWhatWasDead, deployAgain, eventually, importPast, patience, say, until } from './support/people';
import { recordOf } from './support/record';
import type { LifeRecord } from './support/record';

/** Kills at random over many rollbacks at once; the seed repeats the order of deaths, the machine adds its own. */
const KILLS = Number(process.env.SOAK_KILLS ?? 1_000);
const AT_ONCE = Number(process.env.SOAK_AT_ONCE ?? 50);
const SEED = Number(process.env.SOAK_SEED ?? 20_261_123);
const LONGEST_MS = 3 * 3_600_000;
const LONGEST_PAUSE_MS = 2_400;
const LONGEST_AWAY_MS = 2_000;
/** Two may be away at a time: on a machine that is slow to bring them back nothing else would ever be up. */
const AWAY_AT_ONCE = 2;

/** How often each dies, of a hundred. The server dies less often: while it is away nothing else is put to the test. */
const DEATHS = {
  worker: 13,
  'worker-2': 13,
  'worker-3': 13,
  gateway: 20,
  target: 18,
  metrics: 18,
  temporal: 5,
} as const;

interface Done {
  readonly record: LifeRecord;
  readonly words: readonly string[];
}

const lab = new Lab();
const random = seeded(SEED);
const services = Array.from({ length: AT_ONCE }, (_, index) => `${index % 3 === 0 ? 'stuck' : 'helps'}-${index}`);
const done: Done[] = [];
const kills: Record<string, number> = {};
const killed = (): number => Object.values(kills).reduce((sum, count) => sum + count, 0);

/** One rollback after the other for as long as things die, with the words that its people say in between. */
async function liveOn(service: string): Promise<void> {
  await importPast(lab, service);
  for (let number = 1; killed() < KILLS; number += 1) {
    const ref: RollbackRef = { environment: 'prod', service, number };
    const words: string[] = [];
    const answer = (view: StatusView): Promise<void> => answerWhatWasDead(lab, ref, view);
    await alert(lab, service, `incident-${number}`);
    if (service.startsWith('stuck')) {
      await until(lab, ref, 'it halts', (view) => view.wait?.for === 'verdict', answer);
      if (await say(lab, ref, 'unwind')) words.push('unwind');
    } else if (number % 2 === 0) {
      await until(lab, ref, 'it moves', (view) => view.doing === 'WATCHING' || view.end !== undefined, answer);
      // It may have ended before the word reached it: then it is refused, and no word that was taken.
      for (const word of ['pause', 'resume']) if (await say(lab, ref, word)) words.push(word);
    }
    await until(lab, ref, 'it ends', (view) => view.end !== undefined, answer);
    done.push({ record: await recordOf(lab, ref), words });
    if (!service.startsWith('stuck')) await deployAgain(lab, service);
  }
}

async function killOn(): Promise<void> {
  while (killed() < KILLS) {
    await delay(random() * LONGEST_PAUSE_MS);
    await lab.fewerAwayThan(AWAY_AT_ONCE);
    const victim = drawn();
    kills[victim] = (kills[victim] ?? 0) + 1;
    await lab.kill(victim, random() * LONGEST_AWAY_MS);
    if (killed() % 50 === 0) process.stderr.write(`${killed()} kills, ${done.length} rollbacks ended\n`);
  }
}

function drawn(): string {
  let left = random() * 100;
  for (const [victim, share] of Object.entries(DEATHS)) {
    left -= share;
    if (left < 0) return victim;
  }
  return 'worker';
}

beforeAll(async () => {
  await lab.open(services.map((name) => ({ name, mode: 'auto', interval: '1s' })));
  // Fifty people who look ten times a second would be all that the machine does.
  Object.assign(patience, { ms: LONGEST_MS, everyMs: 1_500 });
  for (const name of ['worker-2', 'worker-3']) await lab.addWorker(name, lab.address);
  await eventually('the past is known', async () => (await fetch(`${lab.gatewayUrl}/readyz`)).ok || undefined);
  await Promise.all([killOn(), ...services.map(liveOn)]);
  await lab.whole();
}, LONGEST_MS);

afterAll(() => lab.close(), LONGEST_MS);

describe('many rollbacks at once while everything dies at random', () => {
  it('kills as often as it was asked to, and every rollback that began has ended', () => {
    process.stderr.write(`${JSON.stringify(kills)}, ${done.length} rollbacks, seed ${SEED}\n`);
    expect(killed()).toBeGreaterThanOrEqual(KILLS);
    expect(done.length).toBeGreaterThanOrEqual(AT_ONCE);
  });

  it('ends every rollback as its world wants it', () => {
    const ends = done.map(({ record }) => `${record.ref.service.split('-')[0]} ${record.state.end?.reason}`);
    expect([...new Set(ends)].sort()).toEqual(['helps CENSUS_AS_PLANNED', 'stuck UNWOUND']);
  });

  it.each([
    ['applies no effect twice and moves nobody back', effectViolations],
    ['begins nothing against a word', orderViolations],
    ['widens only on evidence', evidenceViolations],
    ['says succeeded only where that is so', censusViolations],
    ['has one rollback for each incident', doubleViolations],
  ])('%s', (_name, violations) => {
    expect(done.flatMap(({ record }) => violations(record))).toEqual([]);
  });

  it('loses no word and no report', () => {
    expect(done.flatMap(({ record, words }) => lossViolations(record, words))).toEqual([]);
  });

  it(
    'leaves histories that replay',
    async () => {
      const histories = done.map(({ record: { ref, history } }) => ({
        workflowId: `${ref.service}/${ref.number}`,
        history,
      }));
      const options = { workflowBundle: { codePath: join(__dirname, '..', '..', 'dist', 'workflow-bundle.js') } };
      for await (const result of Worker.runReplayHistories(options, histories))
        expect({ id: result.workflowId, error: result.error }).toEqual({ id: result.workflowId, error: undefined });
    },
    LONGEST_MS,
  );
});
