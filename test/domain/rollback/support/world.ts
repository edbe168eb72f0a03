import type { EffectReport, Move, RunEvent, RunState } from '../../../../src/domain/rollback';
import type { Census, TargetReading } from '../../../../src/domain/plan/census';
import type { EnvironmentAnswer } from '../../../../src/domain/environment/consult';
import type { RollbackPlan } from '../../../../src/domain/plan';
import { openRecorded } from '../../../../src/domain/judge';
import type { CheckResult } from '../../../../src/domain/readiness';
import { phase, plan, POLICY, reading, verdict } from './fixtures';

const PASS: CheckResult = { check: 'dry run', status: 'pass', evidence: 'ok', overridable: true };

const HOLDS = ['LONGEST_BAKE', 'COUPLED', 'NO_DATA', 'NO_TRAFFIC', 'SPLIT_MISMATCH', 'DATA_POOR'] as const;

/** What a bake has seen; whatever it is, the loop only carries it. */
const JUDGE = openRecorded({ intervalMs: 1_000, settleMs: 0, longestBakeMs: 60_000, guardrails: [] }, []);

/** Draws decisions from a list of bytes, so that fast-check can shrink a failing history. */
export class Dice {
  private at = 0;
  private readonly bytes: readonly number[];
  constructor(bytes: readonly number[]) {
    this.bytes = bytes;
  }
  /** True in about one of `n`; false for ever once the bytes are used up, so that every history ends. */
  oneIn(n: number): boolean {
    const byte = this.bytes[this.at++];
    return byte !== undefined && byte % n === 0;
  }
  pick<T>(choices: readonly T[]): T {
    const byte = this.bytes[this.at++] ?? 0;
    return choices[byte % choices.length]!;
  }
  get used(): boolean {
    return this.at >= this.bytes.length;
  }
}

/** The targets as they really are; what a run believes is compared with this. */
export class World {
  readonly weights: Record<string, number> = { eu: 0, us: 0 };
  readonly capacity: Record<string, number> = { eu: 0, us: 0 };
  readonly applied: { target: string; number: number }[] = [];
  /** Somebody else's revision, which takes its share of a target from the suspect. */
  private foreign: string | undefined;

  private readonly dice: Dice;

  constructor(dice: Dice) {
    this.dice = dice;
  }

  /** Performs a move on the world and says what came of it, faults and interruptions included. */
  perform(state: RunState, move: Exclude<Move, { kind: 'close' }>, at: number): RunEvent {
    if (this.foreign === undefined && this.dice.oneIn(90)) this.foreign = this.dice.pick(['eu', 'us']);
    else if (this.foreign !== undefined && this.dice.oneIn(4)) this.foreign = undefined;
    if (move.kind !== 'report' && move.kind !== 'unwind' && this.dice.oneIn(40)) {
      return { kind: 'faulted', move: move.kind, code: 'TIMED_OUT', detail: 'no answer', at };
    }
    switch (move.kind) {
      case 'assess':
        return {
          kind: 'assessed',
          policy: POLICY,
          assessment: this.dice.oneIn(15)
            ? { kind: 'unblamed', reason: 'OUTSIDE_WINDOW', because: 'nothing was released lately' }
            : { kind: 'blamed', fromRevision: 'v42', toRevision: 'v41', extent: ['eu', 'us'], because: 'v42 is new' },
          census: this.census(at),
          at,
        };
      case 'plan':
        return { kind: 'planned', plan: this.plan(state), at };
      case 'check':
        return {
          kind: 'checked',
          results: this.dice.oneIn(8) ? [this.block()] : [PASS],
          census: this.census(at),
          at,
        };
      case 'claim':
        return { kind: 'claimed', answer: this.dice.oneIn(3) ? this.hold() : { kind: 'free', text: '1 of 2' }, at };
      case 'wait':
        if (move.wait.asksAgainAt !== undefined && move.wait.asksAgainAt < (move.wait.deadline ?? Infinity))
          return { kind: 'interrupted', move: 'wait', at: Math.max(at, move.wait.asksAgainAt) };
        return this.dice.oneIn(2) ? { kind: 'deadlinePassed', waitId: move.wait.id, at } : this.watch(move, at);
      case 'census':
        return this.dice.oneIn(10)
          ? {
              kind: 'censusTaken',
              census: {},
              unreadable: move.targets.map((target) => ({ target, detail: 'no answer' })),
              at,
            }
          : { kind: 'censusTaken', census: this.census(at), unreadable: [], at };
      case 'prepare':
        return {
          kind: 'prepared',
          phase: move.phase,
          reports: move.effects.map((order) => this.prepare(order, at)),
          background: false,
          at,
        };
      case 'shift':
        return { kind: 'shifted', phase: move.phase, reports: move.effects.map((order) => this.shift(order, at)), at };
      case 'unwind':
        return { kind: 'unwound', report: this.shift(move.effect, at), at };
      case 'bake':
        return this.bake(state, move, at);
      case 'soak': {
        const base = { kind: 'soaked' as const, observation: { ...this.observation(at), judge: JUDGE }, at };
        if (this.dice.oneIn(15)) return { ...base, harm: verdict('halt', 'WORSE', at) };
        return this.dice.oneIn(3) ? { ...base, harm: verdict('hold', 'NO_TRAFFIC', at) } : base;
      }
      case 'report':
        return { kind: 'reported', location: 'archive/1', at };
    }
  }

  private watch({ watch }: Extract<Move, { kind: 'wait' }>, at: number): RunEvent {
    const goesOn = watch?.bake === undefined ? {} : { phase: watch.bake };
    const seen = { ...this.observation(at), ...(watch?.judge ? { judge: watch.judge } : {}) };
    const base = { kind: 'watched' as const, observation: seen, ...goesOn, at };
    if (this.dice.oneIn(12)) return { ...base, harm: verdict('halt', 'WORSE', at) };
    const mends = watch?.bake !== undefined || watch?.soak === true;
    return mends && this.dice.oneIn(2) ? { ...base, dataAreBack: true } : base;
  }

  census(at: number): Census {
    return Object.fromEntries(Object.keys(this.weights).map((target) => [target, this.read(target, at)]));
  }

  private read(target: string, at: number): TargetReading {
    const plain = reading(target, this.weights[target] ?? 0, this.capacity[target], at);
    if (this.foreign !== target) return plain;
    return {
      ...plain,
      revisions: [...plain.revisions, { revision: 'v43', weight: 5, readyCapacity: 5, readyInstances: 1 }],
    };
  }

  /** What was true a quarter of an hour ago need not be so now. */
  private plan(state: RunState): RollbackPlan {
    const usual = plan(state.request.mode === 'ask' ? 'approval' : 'automatic');
    if (!state.planIsOld || this.dice.oneIn(2)) return usual;
    return { ...usual, phases: [phase(0, { eu: 100 }), phase(1, { us: 100 })] };
  }

  private hold(): EnvironmentAnswer {
    const codes = ['AUTOMATION_OFF', 'COMMON_CAUSE', 'AUTOMATIC_LIMIT', 'ENVIRONMENT_SILENT'] as const;
    return { kind: 'held', code: this.dice.pick(codes), text: 'held' };
  }

  private block(): CheckResult {
    const base = { check: 'schema', status: 'block', evidence: 'too new', fix: 'none' } as const;
    const overridable = !this.dice.oneIn(3);
    return { ...base, overridable, pointOfNoReturn: overridable && this.dice.oneIn(2) };
  }

  private observation(at: number) {
    const point = { at, current: { requests: 50, bad: 4 }, stable: { requests: 50, bad: 0 } };
    return { readings: this.census(at), traffic: [point], observedMs: 3_000 };
  }

  private prepare(order: EffectReport['order'], at: number): EffectReport {
    this.applied.push({ target: order.target, number: order.number });
    if (!this.dice.oneIn(12)) this.capacity[order.target] = 100;
    return {
      order,
      outcome: 'done',
      reading: this.read(order.target, at),
    };
  }

  private shift(order: EffectReport['order'], at: number): EffectReport {
    const outcome = this.dice.pick([
      'done',
      'done',
      'done',
      'done',
      'done',
      'unknown',
      'conflict',
      'refused',
      'failed',
    ] as const);
    const reached = outcome === 'done' || (outcome === 'unknown' && this.dice.oneIn(2));
    if (reached) {
      this.applied.push({ target: order.target, number: order.number });
      this.weights[order.target] = order.desired;
    }
    if (outcome === 'unknown' || outcome === 'failed') return { order, outcome, detail: 'no answer' };
    return {
      order,
      outcome,
      detail: outcome,
      reading: this.read(order.target, at),
    };
  }

  private bake(state: RunState, move: Extract<Move, { kind: 'bake' }>, at: number): RunEvent {
    const { phase } = move.order;
    const seen = { ...this.observation(at), judge: move.order.judge ?? JUDGE };
    const base = { kind: 'baked' as const, phase, observation: seen, at };
    if (state.preparing) for (const order of move.prepareNext) this.capacity[order.target] = 100;
    const drawn = this.dice.pick(['proceed', 'proceed', 'proceed', 'more', 'hold', 'halt'] as const);
    switch (drawn) {
      case 'more':
        return base;
      case 'proceed': {
        const widens = move.order.widensTo === 'half' && this.dice.pick([false, true, true]);
        return { ...base, verdict: verdict('proceed', widens ? 'COUPLED' : 'HELPING', at) };
      }
      case 'hold':
        return { ...base, verdict: verdict('hold', this.dice.pick(HOLDS), at) };
      case 'halt':
        return { ...base, verdict: verdict('halt', 'NOT_HELPING', at) };
    }
  }
}
