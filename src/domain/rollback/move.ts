import type { PlannedWeight } from '../plan/plan';
import type { RememberedJudge } from '../judge';
import type { CarriedBets } from '../judge/carry';
import type { Wait } from './wait';

/** What the last phase that had a control cohort leaves for those without one. */
export interface CarriedTarget {
  /** The ratio that counts as restored where nothing else says, 0 to 1. */
  readonly carriedTau?: number;
  /** Of latency at bounds that the judge has chosen: the bounds in seconds at whose middle one it was counted. */
  readonly carriedBounds?: readonly number[];
}

/** One numbered effect to be done on a target. */
export interface EffectOrder {
  readonly target: string;
  /** Numbers rise per target over the whole rollback; the same over attempts. */
  readonly number: number;
  /** Percent wanted on `toRevision`: traffic for a shift, ready capacity for a prepare. */
  readonly desired: number;
  /** Percent believed to be there now. */
  readonly expected: number;
  /**
   * Percent that our last effect set there, where it may be there just as well: what stood behind the target made it more
   * and has been put back. Workers of earlier builds do not know it, and find a change by others.
   */
  readonly orExpected?: number;
}

/** What the judge is asked during a bake. */
export interface BakeOrder extends CarriedTarget {
  readonly phase: number;
  /** `verdict`: may the next phase begin? `renew`: has harm come since the last verdict? */
  readonly purpose: 'verdict' | 'renew';
  readonly targets: readonly PlannedWeight[];
  readonly mode: 'compare' | 'absolute' | 'no-harm';
  /** Multiplies the longest bake: 1, and one more for each time a person said to watch on. */
  readonly patience: number;
  /** True when this rollback has seen requests before, so that silence means something. */
  readonly trafficSeen: boolean;
  /** State to go on from; absent at the start of a phase. */
  readonly judge?: RememberedJudge;
  /** What the tests of the phase before came to believe. */
  readonly carriedBets?: CarriedBets;
  /** Percent that each target was last seen to serve on `toRevision`; it may be more than the phase asks for. */
  readonly served?: Readonly<Record<string, number>>;
  /** True where a phase was widened already because both revisions failed together; it is done once. */
  readonly widened?: true;
  /** Where it would be widened to if both failed together now; absent under rules that went on to the next phase. */
  readonly widensTo?: 'half' | 'nothing';
}

/** The eyes kept open while nothing moves. */
export interface WatchOrder extends CarriedTarget {
  /** True at a halt for harm: it is known, and asked about already; the eyes only keep counting. */
  readonly harmKnown: boolean;
  /** True when this rollback has seen requests before, so that silence means something. */
  readonly trafficSeen: boolean;
  readonly targets: readonly PlannedWeight[];
  /** True where people are asked already what it means that a target serves something else. */
  readonly driftKnown?: true;
  /** The phase whose bake goes on with the same evidence; absent where only harm is listened for. */
  readonly bake?: number;
  /** True where a soak is held because nothing is shown, or nothing moves: once it does, it goes on with the same evidence. */
  readonly soak?: true;
  /** True where that bake lacks no data, only time: it is people who go on with it. */
  readonly overdue?: true;
  readonly judge?: RememberedJudge;
}

/** What the run does next; chosen by `nextMove`, performed by the step of the same name. */
export type Move =
  | { readonly kind: 'assess' }
  | { readonly kind: 'plan' }
  | { readonly kind: 'check' }
  /** Asks the environment whether it may begin to move by itself. */
  | { readonly kind: 'claim' }
  | { readonly kind: 'wait'; readonly wait: Wait; readonly watch?: WatchOrder }
  | { readonly kind: 'census'; readonly targets: readonly string[]; readonly because: 'unknown-effect' | 'final' }
  | { readonly kind: 'prepare'; readonly phase: number; readonly effects: readonly EffectOrder[] }
  | { readonly kind: 'shift'; readonly phase: number; readonly effects: readonly EffectOrder[]; readonly cold: boolean }
  | {
      readonly kind: 'bake';
      readonly order: BakeOrder;
      /** The next phase's capacity, made ready meanwhile. */
      readonly prepareNext: readonly EffectOrder[];
    }
  | { readonly kind: 'unwind'; readonly effect: EffectOrder }
  | { readonly kind: 'soak'; readonly watch: WatchOrder }
  | { readonly kind: 'report' }
  | { readonly kind: 'close' };

/** The name of a move, and of the step that performs it. */
export type MoveKind = Move['kind'];
