import type { Alert } from '../alert/alert';
import type { EnvironmentAnswer } from '../environment/consult';
import type { RememberedJudge, Standing } from '../judge';
import type { CarriedBets } from '../judge/carry';
import type { LoggedLook } from '../judge/sample-log';
import type { Verdict } from '../judge/verdict';
import type { Census, TargetReading } from '../plan/census';
import type { TargetCode } from '../plan/objection';
import type { RollbackPlan } from '../plan/plan';
import type { Scripts } from '../plan/script';
import type { ServicePolicy } from '../policy/policy';
import type { CheckResult } from '../readiness/check-result';
import type { SlotRecord } from '../service/slots';
import type { Command } from './command';
import type { EffectOrder, Move, MoveKind } from './move';
import type { Assessment, TrafficPoint } from './state';

/** How one effect on one target ended. `withdrawn`: cancelled before any call went out. */
export interface EffectReport {
  readonly order: EffectOrder;
  readonly outcome: 'done' | 'alreadyInState' | 'conflict' | 'refused' | 'unknown' | 'withdrawn' | 'failed';
  readonly detail?: string;
  /** Why it was not made, where the target says so; workers before it keep none. */
  readonly code?: TargetCode;
  /** What leads out of that, where `detail` does not say it. */
  readonly wayOut?: string;
  /** What was read back afterwards. */
  readonly reading?: TargetReading;
  /** Set where the target is still on its way; asked once more it goes on. */
  readonly goesOn?: true;
}

/** What an effect can end with once the target has been read back. */
export type SettledReport = EffectReport & {
  readonly outcome: 'done' | 'alreadyInState' | 'conflict' | 'refused' | 'withdrawn';
};

/** A target that is on its way to what was asked of it, and goes on when it is asked again. */
export type UnderWayReport = EffectReport & { readonly outcome: 'unknown'; readonly goesOn: true };

/** What a stretch of watching brought. */
export interface Observation {
  /** As it was kept after the newest look. */
  readonly judge?: RememberedJudge;
  readonly readings: Census;
  readonly traffic: readonly TrafficPoint[];
  /** What each look of a bake added, by metric and target; shortened where it would be long. Workers before it keep none. */
  readonly samples?: readonly LoggedLook[];
  readonly observedMs: number;
  /** What a bake that has not ended has come to, for people. */
  readonly standing?: Standing;
  /** What people have to know of a soak beside that nothing was found, such as what could not be judged. */
  readonly soakNote?: string;
  /** What the tests of a bake came to believe; set with its verdict. */
  readonly bets?: CarriedBets;
}

/** Everything that can happen to a run. `at` is workflow time in epoch milliseconds. */
export type RunEvent = { readonly at: number } & (
  | { readonly kind: 'began'; readonly move: Move }
  | {
      readonly kind: 'assessed';
      readonly policy: ServicePolicy;
      readonly assessment: Assessment;
      readonly census: Census;
    }
  | { readonly kind: 'planned'; readonly plan: RollbackPlan }
  | { readonly kind: 'unplannable'; readonly code: string; readonly detail: string }
  | {
      readonly kind: 'checked';
      readonly results: readonly CheckResult[];
      readonly census: Census;
      /** How the plan is done by hand; workers of earlier builds do not say. */
      readonly scripts?: Scripts;
    }
  | { readonly kind: 'claimed'; readonly answer: EnvironmentAnswer }
  | {
      readonly kind: 'prepared';
      readonly phase: number;
      readonly reports: readonly EffectReport[];
      readonly background: boolean;
      /** The move in which it was interrupted, where it went on in the background and was. */
      readonly interruptedIn?: number | undefined;
    }
  | { readonly kind: 'shifted'; readonly phase: number; readonly reports: readonly EffectReport[] }
  | { readonly kind: 'unwound'; readonly report: EffectReport }
  | {
      readonly kind: 'censusTaken';
      readonly census: Census;
      readonly unreadable: readonly { readonly target: string; readonly detail: string }[];
    }
  /** What an interrupted observation had seen, learnt later. */
  | {
      readonly kind: 'collected';
      readonly phase?: number;
      readonly observation: Observation;
      /** Number of the move that it was made in. */
      readonly interruptedIn: number;
    }
  | { readonly kind: 'baked'; readonly phase: number; readonly observation: Observation; readonly verdict?: Verdict }
  | {
      readonly kind: 'watched';
      readonly observation: Observation;
      /** The bake that it went on with; absent where only harm was listened for. */
      readonly phase?: number;
      readonly harm?: Verdict;
      /** Set when what that bake lacked is there again. */
      readonly dataAreBack?: true;
    }
  | { readonly kind: 'soaked'; readonly observation: Observation; readonly harm?: Verdict }
  | { readonly kind: 'reported'; readonly location: string }
  | { readonly kind: 'interrupted'; readonly move: MoveKind }
  | { readonly kind: 'faulted'; readonly move: MoveKind; readonly code: string; readonly detail: string }
  | { readonly kind: 'deadlinePassed'; readonly waitId: string }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'alert'; readonly alert: Alert }
  /** What the release record says of slots has changed. */
  | { readonly kind: 'slotsTold'; readonly slots: SlotRecord }
);
