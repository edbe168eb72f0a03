import { CONSEQUENCE, mayContinue, nextMove, openState, record } from '../../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../../src/domain/rollback/rules';
import type { Move, RunState } from '../../../../src/domain/rollback';
import type { Command, CommandKind } from '../../../../src/domain/rollback/command';
import { presentWait } from '../../../../src/domain/rollback/waits';
import { alert, request, START } from './fixtures';
import { Dice, World } from './world';

const MINUTE_MS = 60_000;
/** Moves whose look may end after they do. */
const LOOKS: ReadonlySet<Move['kind']> = new Set(['wait', 'bake', 'soak']);
const KINDS = Object.keys(CONSEQUENCE) as readonly CommandKind[];

/** One random life of a run: every move performed on a random world, people and alerts interrupting wherever they like. */
export class Life {
  readonly dice: Dice;
  readonly world: World;
  state: RunState;
  private clock = START;
  private commands = 0;
  readonly sent: string[] = [];
  readonly begun: { move: Move; before: RunState }[] = [];
  /** What an interrupted look had read, which is told some time later, and before the next one begins. */
  private late: Parameters<typeof record>[1] | undefined;
  /** How often that was so, and the targets of which it took back what was known. */
  toldLate = 0;
  readonly wentBack: string[] = [];

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
      if (LOOKS.has(move.kind)) this.tellLate();
      this.begun.push({ move, before: this.state });
      this.state = record(this.state, { kind: 'began', move, at: this.tick() });
      this.disturb();
      const interrupted = !mayContinue(this.state) && (move.kind !== 'shift' || this.dice.oneIn(3));
      const event = interrupted ? this.interrupted(move) : this.world.perform(this.state, move, this.tick());
      this.state = record(this.state, event);
      if (event.kind === 'baked' && event.verdict?.reason === 'COUPLED') this.awaitHalf();
      if (move.kind === 'bake' && move.prepareNext.length > 0) this.finishBackground(move);
      this.disturb();
      if (this.late && this.dice.oneIn(3)) this.tellLate();
      if (this.dice.used && moves > 60) this.send('abort');
    }
    throw new Error(`did not end: ${JSON.stringify(nextMove(this.state)).slice(0, 300)}`);
  }

  private interrupted(move: Move): Parameters<typeof record>[1] {
    if (LOOKS.has(move.kind)) {
      const observation = { readings: this.world.census(this.clock), traffic: [], observedMs: 0 };
      this.late = { kind: 'collected', observation, interruptedIn: this.state.movesBegun, at: this.clock };
    }
    if (move.kind !== 'shift') return { kind: 'interrupted', move: move.kind, at: this.tick() };
    const reports = move.effects.map((order) => ({ order, outcome: 'unknown' as const }));
    return { kind: 'shifted', phase: move.phase, reports, at: this.tick() };
  }

  private finishBackground(move: Extract<Move, { kind: 'bake' }>): void {
    // Interrupted with the bake, it has seen nothing after it either.
    const interruptedIn = this.late && this.state.movesBegun;
    const readings = this.world.census(this.late?.at ?? this.clock);
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
      interruptedIn,
      at: this.tick(),
    });
  }

  /** Half is ready only when the verdict that let it begin is too old, or all that was known is. */
  private awaitHalf(): void {
    if (!this.dice.oneIn(2)) return;
    this.clock += this.dice.oneIn(4) ? 20 * MINUTE_MS : MINUTE_MS / 2;
    this.state = record(this.state, { kind: 'alert', alert: alert(), at: this.tick() });
  }

  private tellLate(): void {
    if (!this.late) return;
    const { census } = this.state;
    this.state = record(this.state, { ...this.late, at: this.tick() });
    this.late = undefined;
    this.toldLate += 1;
    for (const [target, { at }] of Object.entries(census))
      if ((this.state.census[target]?.at ?? 0) < at) this.wentBack.push(target);
  }

  private disturb(): void {
    if (this.dice.oneIn(6)) this.send(this.dice.pick(KINDS));
    const wait = presentWait(this.state);
    if (wait && this.dice.oneIn(2))
      this.send(this.dice.pick(['approve', 'retry', 'approve', 'resume', 'skip', 'adopt'] as const));
    if (!this.dice.oneIn(25)) return;
    const heard = this.dice.pick(['firing', 'resolved', 'slots'] as const);
    if (heard === 'slots') return this.tellSlots();
    this.state = record(this.state, { kind: 'alert', alert: alert({ status: heard }), at: this.tick() });
  }

  private tellSlots(): void {
    const entries = [{ slot: 'blue', revision: 'v43', since: this.clock }];
    const slots = { service: 'prod/checkout', entries };
    this.state = record(this.state, { kind: 'slotsTold', slots, at: this.tick() });
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
