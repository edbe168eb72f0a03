import type { RollbackRef } from '../../src/domain/rollback/request';
import type { StatusView } from '../../src/domain/rollback/status-view';
import { Lab } from './support/lab';
import { censusViolations, effectViolations, orderViolations } from './support/invariants';
import { alert, answerWhatWasDead, importPast, say, until } from './support/people';
import { recordOf, toldBy } from './support/record';
import { TcpGate } from '../support/tcp-gate';

const LONGEST_MS = 600_000;
/** Invariant 1: what is under way at a word ends within this, or is unknown and read back. */
const ENDS_WITHIN_MS = 20_000;

const refOf = (service: string): RollbackRef => ({ environment: 'prod', service, number: 1 });

async function begin(lab: Lab, service: string): Promise<RollbackRef> {
  await importPast(lab, service);
  await alert(lab, service);
  return refOf(service);
}

/** Fulfilled at the first point of that name in the service's rollback; `then` decides when the activity goes on. */
function atPoint(lab: Lab, service: string, point: string, then: (worker: string) => Promise<void>): Promise<void> {
  return new Promise((reached) => {
    let met = false;
    lab.onPoint = async ({ activity, when, workflow, worker }) => {
      if (met || workflow !== `rollback/prod/${service}/1` || `${activity}/${when}` !== point) return 'go';
      met = true;
      await then(worker);
      reached();
      return 'go';
    };
  });
}

describe('a target that takes calls and never answers', () => {
  const lab = new Lab();
  const services = ['vague-pause', 'vague-abort', 'vague-now'];
  beforeAll(() => lab.open(services.map((name) => ({ name, mode: 'auto' }))), LONGEST_MS);
  afterAll(() => lab.close(), LONGEST_MS);
  beforeEach(() => lab.hang(false));

  /** A rollback whose first shift is under way at a target that hangs, and the word said then. */
  async function hangAt(service: string, word: string): Promise<RollbackRef> {
    const hanging = atPoint(lab, service, 'shift/before', () => lab.hang(true));
    const ref = await begin(lab, service);
    await hanging;
    await until(lab, ref, 'it shifts', (view) => view.doing === 'SHIFTING');
    await say(lab, ref, word);
    return ref;
  }

  /** From the word to the end of the shift that was under way, by the history's own times. */
  async function endedAfterMs(ref: RollbackRef, word: string): Promise<number> {
    const { history } = await recordOf(lab, ref);
    const told = toldBy(history);
    const said = told.find((event) => event.what === 'signal' && event.name === word);
    const ended = told.find((event) => event.what === 'ended' && event.name === 'shift');
    return (ended?.at ?? Infinity) - (said?.at ?? 0);
  }

  it(
    'holds up no pause: nothing begins, what is under way ends in time, and it goes on when it answers again',
    async () => {
      const ref = await hangAt('vague-pause', 'pause');
      const asked = await until(lab, ref, 'it waits', (view) => view.wait !== undefined);
      expect(asked.wait?.reason).toBe('PAUSED');
      await lab.hang(false);
      await say(lab, ref, 'resume');
      // It may ask at once or only after another look at the target, or not at all.
      const retry = (view: StatusView): Promise<void> => answerWhatWasDead(lab, ref, view);
      await until(lab, ref, 'it watches', (view) => view.doing === 'WATCHING', retry);
      await say(lab, ref, 'now');
      await until(lab, ref, 'it ends', (view) => view.end !== undefined);
      const record = await recordOf(lab, ref);
      expect(record.state.end?.kind).toBe('succeeded');
      expect([effectViolations(record), orderViolations(record), censusViolations(record)].flat()).toEqual([]);
      expect(await endedAfterMs(ref, 'pause')).toBeLessThanOrEqual(ENDS_WITHIN_MS);
    },
    LONGEST_MS,
  );

  it(
    'holds up no abort: it ends where it stands and says what could not be read',
    async () => {
      const ref = await hangAt('vague-abort', 'abort');
      const ended = await until(lab, ref, 'it ends', (view) => view.end !== undefined);
      expect(ended.end).toMatchObject({ kind: 'aborted', reason: 'ABORTED' });
      expect(ended.end?.text).toContain('eu');
      await lab.hang(false);
      const record = await recordOf(lab, ref);
      expect([effectViolations(record), orderViolations(record)].flat()).toEqual([]);
      expect(await endedAfterMs(ref, 'abort')).toBeLessThanOrEqual(ENDS_WITHIN_MS);
    },
    LONGEST_MS,
  );

  it(
    'is asked about at now, which goes through once it answers again',
    async () => {
      const ref = await hangAt('vague-now', 'now');
      const asked = await until(lab, ref, 'it asks', (view) => view.wait?.for === 'fault');
      await lab.hang(false);
      await say(lab, ref, 'retry', { waitId: asked.wait?.id });
      await until(lab, ref, 'it ends', (view) => view.end !== undefined);
      const record = await recordOf(lab, ref);
      expect(record.weights).toEqual({ eu: 100, us: 100 });
      expect([effectViolations(record), censusViolations(record)].flat()).toEqual([]);
    },
    LONGEST_MS,
  );
});

describe('a worker that loses the network but lives', () => {
  const lab = new Lab();
  const gate = new TcpGate();
  beforeAll(async () => {
    await lab.open([{ name: 'helps-late', mode: 'auto' }], { processes: 'none' });
    await gate.open(lab.address);
    await lab.addWorker('cut-off', gate.address);
  }, LONGEST_MS);
  afterAll(async () => {
    gate.close();
    await lab.close();
  }, LONGEST_MS);

  it(
    'does its effect late and changes nothing: the other worker has done it, and the fence holds',
    async () => {
      const ref = refOf('helps-late');
      const attempts: string[] = [];
      let letGo: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (letGo = resolve));
      let isLate = false;
      lab.onPoint = async ({ activity, when, workflow, worker }) => {
        if (workflow !== 'rollback/prod/helps-late/1' || activity !== 'shift') return 'go';
        if (when === 'after') attempts.push(worker);
        if (when !== 'before' || worker !== 'cut-off' || isLate) return 'go';
        isLate = true;
        gate.cut();
        await lab.addWorker('other', lab.address);
        await released;
        return 'go';
      };
      await begin(lab, ref.service);
      await until(lab, ref, 'the other worker ends it', (view) => view.end !== undefined);
      const before = await recordOf(lab, ref);
      expect(attempts).not.toContain('cut-off');
      letGo();
      await until(lab, ref, 'the late one is done', () => attempts.includes('cut-off'));
      const after = await recordOf(lab, ref);
      expect(after.effects).toEqual(before.effects);
      expect(after.weights).toEqual({ eu: 100, us: 100 });
      expect([effectViolations(after), censusViolations(after)].flat()).toEqual([]);
    },
    LONGEST_MS,
  );
});
