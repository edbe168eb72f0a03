import fc from 'fast-check';
import { DATA_ARE_BACK } from '../../../src/domain/rollback';
import type { Move } from '../../../src/domain/rollback';
import { WATCH_PHASE } from '../../../src/domain/rollback/progress';
import { isAutomatic } from '../../../src/domain/rollback/request';
import { Life } from './support/life';

const RUNS = 10_000;
const LONG_RUNS = 1_500;

const isEffect = (move: Move): boolean => move.kind === 'shift' || move.kind === 'prepare' || move.kind === 'unwind';

/** Every move that was begun, with the state before it. */
const movesOf = (lives: readonly Life[]) => lives.flatMap(({ begun }) => begun);

/** `max` draws long lives, of which most are still disturbed when they come to their bakes. */
function forEveryLife(check: (life: Life) => void, runs: number, size: 'small' | 'max'): void {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 20, maxLength: 400, size }), (bytes) => {
      const life = new Life(bytes);
      life.live();
      check(life);
    }),
    { numRuns: runs, seed: 20_261_123 },
  );
}

describe('whatever outcomes, faults, words and alerts come, a rollback', () => {
  const lives: Life[] = [];
  beforeAll(() => {
    forEveryLife((life) => void lives.push(life), RUNS, 'small');
    forEveryLife((life) => void lives.push(life), LONG_RUNS, 'max');
  }, 120_000);

  it('comes to an end, and every end has a report and a reason', () => {
    expect(lives.length).toBeGreaterThanOrEqual(RUNS);
    const isTold = ({ state }: Life) => state.end && state.end.reason !== '' && state.reportLocation === 'archive/1';
    expect(lives.filter((life) => !isTold(life)).map(({ state }) => state.end)).toEqual([]);
  });

  it('reaches every kind of end and every kind of move in these lives, so that nothing is proven about nothing', () => {
    expect(new Set(lives.map(({ state }) => state.end?.kind))).toEqual(
      new Set(['succeeded', 'partial', 'dismissed', 'aborted']),
    );
    const kinds = new Set(lives.flatMap(({ begun }) => begun.map(({ move }) => move.kind)));
    expect([...kinds].sort()).toEqual(
      [
        'assess',
        'bake',
        'census',
        'check',
        'claim',
        'plan',
        'prepare',
        'report',
        'shift',
        'soak',
        'unwind',
        'wait',
      ].sort(),
    );
  });

  it('begins no effect while it is paused or after an abort', () => {
    const effects = movesOf(lives).filter(({ move }) => isEffect(move));
    expect(effects.length).toBeGreaterThan(RUNS);
    const held = effects.filter(({ before }) => before.paused !== undefined || before.course === 'abort');
    expect(held.map(({ move }) => move)).toEqual([]);
  });

  it('widens nothing without a passed phase before it, an approval, or a recorded now', () => {
    const unasked = movesOf(lives).filter(({ move, before }) => {
      if (move.kind !== 'shift' || before.course === 'now') return false;
      const isProven = before.phases.slice(0, move.phase).every((progress) => progress.passedBy !== undefined);
      const needsApproval = !isProven || before.plan?.phases[move.phase]?.gate === 'approval';
      return needsApproval && before.phases[move.phase]?.approvedBy === undefined;
    });
    expect(unasked.map(({ move }) => move)).toEqual([]);
  });

  it('goes on with a bake or a soak by itself where only data were missing, with what it had, and judges before it widens', () => {
    const met = { baking: 0, soaking: 0, paused: 0, answered: 0 };
    for (const { begun } of lives) {
      for (const [index, { move, before }] of begun.entries()) {
        const held = begun[index - 1]?.before;
        if (!held?.open?.mends || before.open?.mends) continue;
        const isBack = before.journal.at(-1)?.text === DATA_ARE_BACK;
        const goesOn = held.open.phase === undefined ? 'soaking' : 'baking';
        met[isBack ? (before.paused ? 'paused' : goesOn) : 'answered'] += 1;
        if (!isBack) continue;
        expect(['bake', 'soak', 'wait', 'census', 'check']).toContain(move.kind);
        expect(before.phases[held.open.phase ?? -1]?.passedBy).toBeUndefined();
        expect([before.judgePhase, before.judge]).toEqual([held.open.phase ?? WATCH_PHASE, held.judge]);
        expect(move.kind === 'bake' ? move.order.judge : held.judge).toEqual(held.judge);
      }
    }
    expect(Math.min(met.baking, met.soaking, met.answered)).toBeGreaterThan(2);
  });

  it('begins nothing past a block, but as far as a person has overridden just that', () => {
    const met = { never: 0, irreversible: 0, usual: 0 };
    const past: unknown[] = [];
    for (const { move, before } of movesOf(lives)) {
      const block = before.checks?.find((result) => result.status === 'block');
      if (!block) continue;
      const kind = block.pointOfNoReturn ? 'irreversible' : block.overridable ? 'usual' : 'never';
      if (move.kind === 'wait') met[kind] += 1;
      if (move.kind !== 'shift' && move.kind !== 'prepare') continue;
      const isOverridden = before.overridden.includes(block.check);
      const isHurried = before.course === 'now' && (kind === 'usual' || before.acceptIrreversible === true);
      if (kind === 'never' || !(isOverridden || isHurried)) past.push({ kind, move });
    }
    expect(past).toEqual([]);
    expect(Math.min(...Object.values(met))).toBeGreaterThan(100);
  });

  it('begins nothing by itself but right after the environment has let it', () => {
    const met = { let: 0, held: 0, approved: 0 };
    let heardAtLast = 0;
    for (const { begun, state } of lives.filter((life) => isAutomatic(life.state.request))) {
      for (const [index, { move, before }] of begun.entries()) {
        if (before.course !== 'forward' || before.touched.length > 0) continue;
        if (move.kind === 'wait' && move.wait.reason === state.held?.code) met.held += 1;
        if (before.leave && begun[index - 1]?.before.held?.code === 'ENVIRONMENT_SILENT') heardAtLast += 1;
        if (!isEffect(move) && !(move.kind === 'bake' && move.prepareNext.length > 0)) continue;
        const isApproved = before.phases.some((progress) => progress.approvedBy !== undefined);
        met[isApproved ? 'approved' : 'let'] += 1;
        expect(isApproved || (begun[index - 1]?.move.kind === 'claim' && before.leave)).toBe(true);
      }
    }
    expect(Math.min(...Object.values(met))).toBeGreaterThan(50);
    expect(heardAtLast).toBeGreaterThan(10);
  });

  it('touches nothing in mode observe unless a person asks for it with now', () => {
    for (const { begun, state } of lives.filter((life) => life.state.request.mode === 'observe')) {
      const effects = begun.filter((entry) => isEffect(entry.move) && entry.before.course === 'forward');
      expect(effects).toEqual([]);
      expect(state.end).toBeDefined();
    }
  });

  it('never uses an effect number twice for a target', () => {
    const numbers = lives.map(({ world }) => world.applied.map((effect) => `${effect.target}/${effect.number}`));
    expect(numbers.filter((of) => new Set(of).size < of.length)).toEqual([]);
  });

  it('begins nothing on a target where somebody else is deploying, until a person has said what that means', () => {
    const foreign = movesOf(lives).flatMap(({ move, before }) => {
      // `now` is a person's word over everything, said in knowledge of it.
      if ((move.kind !== 'shift' && move.kind !== 'prepare') || before.course === 'now') return [];
      return move.effects
        .map((effect) => effect.target)
        .filter((target) => !before.adopted.includes(target))
        .filter((target) => before.census[target]?.revisions.some((entry) => entry.revision === 'v43'));
    });
    expect(foreign).toEqual([]);
    expect(movesOf(lives).filter(({ before }) => before.open?.reason === 'SUPERSEDED').length).toBeGreaterThan(100);
  });

  it('renews what it knows before it moves on after a long time, and asks where that changes the plan', () => {
    const renewals = lives.flatMap(({ begun }) => begun.filter(({ before }) => before.planIsOld));
    expect(renewals.filter(({ move }) => move.kind === 'plan').length).toBeGreaterThan(50);
    expect(renewals.filter(({ move, before }) => move.kind === 'shift' && before.course === 'forward')).toEqual([]);
    expect(
      lives.some(({ state }) => state.planVersion > 1 && /planned anew, because/.test(state.plan?.because ?? '')),
    ).toBe(true);
  });

  it('moves no target backwards except by an unwind', () => {
    const effects = movesOf(lives).flatMap(({ move }) => (move.kind === 'shift' ? move.effects : []));
    expect(effects.length).toBeGreaterThan(RUNS);
    expect(effects.filter(({ desired, expected }) => desired <= expected)).toEqual([]);
  });

  it('widens at most once because both fail together, and then to exactly half', () => {
    let met = 0;
    for (const { begun } of lives) {
      for (const { move, before } of begun) {
        if (move.kind !== 'shift' || before.course !== 'forward' || !before.plan?.phases[move.phase]?.widened) continue;
        met += 1;
        expect(move.effects.map(({ desired }) => desired)).toEqual([50]);
      }
    }
    expect(met).toBeGreaterThan(50);
  });

  it('takes all of a target by itself only where something has proven that going back helps, or cannot', () => {
    const LETS_GO_ON = ['HELPING', 'NO_HARM', 'NOTHING_TO_JUDGE', 'THIN'];
    const met = { proven: 0, approved: 0 };
    for (const { begun } of lives) {
      for (const { move, before } of begun) {
        if (move.kind !== 'shift' || move.phase === 0 || before.course !== 'forward') continue;
        if (!before.plan?.phases[move.phase]?.noControl) continue;
        const isApproved = before.phases[move.phase]?.approvedBy !== undefined;
        const isProven = before.journal.some(({ verdict }) => verdict && LETS_GO_ON.includes(verdict.reason));
        met[isApproved ? 'approved' : 'proven'] += 1;
        expect(isApproved || isProven).toBe(true);
      }
    }
    expect(Math.min(...Object.values(met))).toBeGreaterThan(10);
  });

  it('asks nobody whether to go on to half because both still fail together before half has come, and does after', () => {
    const met = { ahead: 0, done: 0 };
    for (const { begun } of lives) {
      for (const { move, before } of begun) {
        if (move.kind !== 'bake' || !before.widened) continue;
        const { phase, widened, widensTo } = move.order;
        const half = before.plan?.phases[phase + 1];
        const isAhead = half?.widened === true && before.phases[half.index]?.passedBy === undefined;
        met[isAhead ? 'ahead' : 'done'] += 1;
        expect([widened, widensTo]).toEqual(isAhead ? [undefined, 'half'] : [true, undefined]);
      }
    }
    expect(Math.min(...Object.values(met))).toBeGreaterThan(10);
  });

  it('takes nothing back of what it knows of a target because a look comes late', () => {
    expect(lives.flatMap(({ wentBack }) => wentBack)).toEqual([]);
    expect(lives.filter(({ toldLate }) => toldLate > 0).length).toBeGreaterThan(1_000);
  });

  it('answers every command', () => {
    const unanswered = lives.flatMap(({ sent, state }) => {
      const answered = new Set(state.outcomes.map((outcome) => outcome.id));
      return sent.slice(-200).filter((id) => !answered.has(id));
    });
    expect(unanswered).toEqual([]);
  });

  it('says succeeded only when the targets really serve what was planned', () => {
    for (const { state, world } of lives.filter((life) => life.state.end?.kind === 'succeeded')) {
      const wanted = Object.fromEntries((state.plan?.extent ?? []).map((target) => [target, world.weights[target]]));
      const planned = Object.fromEntries(
        (state.plan?.extent ?? []).map((target) => [
          target,
          Math.max(
            ...(state.plan?.phases ?? [])
              .flatMap((p) => p.weights)
              .filter((w) => w.target === target)
              .map((w) => w.weight),
          ),
        ]),
      );
      for (const target of Object.keys(planned)) expect(wanted[target]).toBeGreaterThanOrEqual(planned[target]!);
    }
  });

  it('replays to the same state from the same events', () => {
    const bytes = Array.from({ length: 300 }, (_, i) => (i * 37) % 256);
    const [a, b] = [new Life(bytes), new Life(bytes)];
    a.live();
    b.live();
    expect(a.state).toEqual(b.state);
  });
});
