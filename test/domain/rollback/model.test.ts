import fc from 'fast-check';
import { CONSEQUENCE, mayContinue, nextMove, openState, record } from '../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import type { Move, RunState } from '../../../src/domain/rollback';
import type { Command, CommandKind } from '../../../src/domain/rollback/command';
import { isAutomatic } from '../../../src/domain/rollback/request';
import { presentWait } from '../../../src/domain/rollback/waits';
import { alert, request, START } from './support/fixtures';
import { Dice, World } from './support/world';

const RUNS = 10_000;
const MINUTE_MS = 60_000;
const KINDS = Object.keys(CONSEQUENCE) as readonly CommandKind[];

/** One random life of a run: every move performed on a random world, people and alerts interrupting wherever they like. */
class Life {
  readonly dice: Dice;
  readonly world: World;
  state: RunState;
  private clock = START;
  private commands = 0;
  readonly sent: string[] = [];
  readonly begun: { move: Move; before: RunState }[] = [];

  constructor(bytes: readonly number[]) {
    this.dice = new Dice(bytes);
    this.world = new World(this.dice);
    const mode = this.dice.pick(['ask', 'auto', 'ask', 'observe'] as const);
    const by = this.dice.pick(['alert', 'alert', 'person'] as const);
    this.state = openState(request(mode, by, this.dice.oneIn(8) ? 'now' : 'forward'), START, CURRENT_RULES);
  }

  live(): void {
    for (let moves = 0; moves < 400; moves += 1) {
      if (this.dice.oneIn(30)) this.clock += 20 * MINUTE_MS;
      const move = nextMove(this.state);
      if (move.kind === 'close') return;
      this.begun.push({ move, before: this.state });
      this.state = record(this.state, { kind: 'began', move, at: this.tick() });
      this.disturb();
      const interrupted = !mayContinue(this.state) && (move.kind !== 'shift' || this.dice.oneIn(3));
      const event = interrupted ? this.interrupted(move) : this.world.perform(this.state, move, this.tick());
      this.state = record(this.state, event);
      if (move.kind === 'bake' && move.prepareNext.length > 0) this.finishBackground(move);
      this.disturb();
      if (this.dice.used && moves > 60) this.send('abort');
    }
    throw new Error(`did not end: ${JSON.stringify(nextMove(this.state)).slice(0, 300)}`);
  }

  private interrupted(move: Move): Parameters<typeof record>[1] {
    if (move.kind !== 'shift') return { kind: 'interrupted', move: move.kind, at: this.tick() };
    const reports = move.effects.map((order) => ({ order, outcome: 'unknown' as const }));
    return { kind: 'shifted', phase: move.phase, reports, at: this.tick() };
  }

  private finishBackground(move: Extract<Move, { kind: 'bake' }>): void {
    const readings = this.world.census(this.clock);
    const reports = move.prepareNext.map((order) => ({
      order,
      outcome: 'done' as const,
      reading: readings[order.target]!,
    }));
    this.state = record(this.state, {
      kind: 'prepared',
      phase: move.order.phase + 1,
      reports,
      background: true,
      at: this.tick(),
    });
  }

  private disturb(): void {
    if (this.dice.oneIn(6)) this.send(this.dice.pick(KINDS));
    const wait = presentWait(this.state);
    if (wait && this.dice.oneIn(2))
      this.send(this.dice.pick(['approve', 'retry', 'approve', 'resume', 'skip', 'adopt'] as const));
    if (this.dice.oneIn(25)) {
      const status = this.dice.pick(['firing', 'resolved'] as const);
      this.state = record(this.state, { kind: 'alert', alert: alert({ status }), at: this.tick() });
    }
  }

  private send(kind: CommandKind): void {
    const waitId = this.dice.oneIn(9) ? 'w0' : (presentWait(this.state)?.id ?? 'w0');
    const command: Command = {
      id: `c${(this.commands += 1)}`,
      kind,
      by: 'ada',
      at: 0,
      reason: 'because',
      waitId,
      target: this.dice.oneIn(9) ? 'us' : (presentWait(this.state)?.target ?? 'us'),
      pace: 'express',
      acceptIrreversible: kind === 'now' && this.dice.oneIn(3),
    };
    this.sent.push(command.id);
    this.state = record(this.state, { kind: 'command', command, at: this.tick() });
  }

  private tick(): number {
    return (this.clock += 500);
  }
}

const isEffect = (move: Move): boolean => move.kind === 'shift' || move.kind === 'prepare' || move.kind === 'unwind';

function forEveryLife(check: (life: Life) => void, runs = RUNS): void {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 20, maxLength: 400 }), (bytes) => {
      const life = new Life(bytes);
      life.live();
      check(life);
    }),
    { numRuns: runs, seed: 20_261_123 },
  );
}

describe('whatever outcomes, faults, words and alerts come, a rollback', () => {
  const lives: Life[] = [];
  beforeAll(() => forEveryLife((life) => void lives.push(life)), 120_000);

  it('comes to an end, and every end has a report and a reason', () => {
    expect(lives.length).toBeGreaterThanOrEqual(RUNS);
    for (const { state } of lives) {
      expect(state.end).toBeDefined();
      expect(state.end?.reason).not.toBe('');
      expect(state.reportLocation).toBe('archive/1');
    }
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
    for (const { begun } of lives) {
      for (const { move, before } of begun.filter((entry) => isEffect(entry.move))) {
        expect({ move: move.kind, paused: before.paused, aborted: before.course === 'abort' }).toEqual({
          move: move.kind,
          paused: undefined,
          aborted: false,
        });
      }
    }
  });

  it('widens nothing without a passed phase before it, an approval, or a recorded now', () => {
    for (const { begun } of lives) {
      for (const { move, before } of begun) {
        if (move.kind !== 'shift' || before.course === 'now') continue;
        const isProven = before.phases.slice(0, move.phase).every((progress) => progress.passedBy !== undefined);
        const needsApproval = !isProven || before.plan?.phases[move.phase]?.gate === 'approval';
        const isApproved = before.phases[move.phase]?.approvedBy !== undefined;
        expect(needsApproval && !isApproved).toBe(false);
      }
    }
  });

  it('begins nothing past a block, but as far as a person has overridden just that', () => {
    const met = { never: 0, irreversible: 0, usual: 0 };
    for (const { begun } of lives) {
      for (const { move, before } of begun) {
        const block = before.checks?.find((result) => result.status === 'block');
        if (!block) continue;
        const kind = block.pointOfNoReturn ? 'irreversible' : block.overridable ? 'usual' : 'never';
        if (move.kind === 'wait') met[kind] += 1;
        if (move.kind !== 'shift' && move.kind !== 'prepare') continue;
        const isOverridden = before.overridden.includes(block.check);
        const isHurried = before.course === 'now' && (kind === 'usual' || before.acceptIrreversible === true);
        expect({ kind, free: kind !== 'never' && (isOverridden || isHurried) }).toEqual({
          kind,
          free: true,
        });
      }
    }
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
    for (const { world } of lives) {
      const keys = world.applied.map((effect) => `${effect.target}/${effect.number}`);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('begins nothing on a target where somebody else is deploying, until a person has said what that means', () => {
    let met = 0;
    for (const { begun } of lives) {
      for (const { move, before } of begun) {
        if (before.open?.reason === 'SUPERSEDED') met += 1;
        // `now` is a person's word over everything, said in knowledge of it.
        if ((move.kind !== 'shift' && move.kind !== 'prepare') || before.course === 'now') continue;
        const foreign = move.effects
          .map((effect) => effect.target)
          .filter((target) => !before.adopted.includes(target))
          .filter((target) => before.census[target]?.revisions.some((entry) => entry.revision === 'v43'));
        expect(foreign).toEqual([]);
      }
    }
    expect(met).toBeGreaterThan(100);
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
    for (const { begun } of lives) {
      for (const { move } of begun) {
        const effects = move.kind === 'shift' ? move.effects : [];
        for (const effect of effects) expect(effect.desired).toBeGreaterThan(effect.expected);
      }
    }
  });

  it('answers every command', () => {
    for (const { sent, state } of lives) {
      const answered = new Set(state.outcomes.map((outcome) => outcome.id));
      expect(sent.slice(-200).filter((id) => !answered.has(id))).toEqual([]);
    }
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
