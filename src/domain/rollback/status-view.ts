import type { SymptomKind } from '../judge/symptom-words';
import type { NarrowerExtent } from '../plan/affected';
import type { Units } from '../plan/census';
import type { TargetCode } from '../plan/objection';
import type { StepsByHand } from '../plan/script';
import type { Split } from '../plan/split';
import type { CommandKind } from './command';
import type { EvidenceView } from './evidence-view';
import type { EndKind, Stage } from './state';
import type { WaitFor, WaitReason } from './wait';

/** What people are shown of a rollback: the one source of every status block, page, chat message and report head. */
export interface StatusView {
  readonly id: string;
  readonly environment: string;
  readonly service: string;
  readonly number: number;
  readonly fromRevision?: string;
  readonly toRevision?: string;
  readonly stage: Stage;
  /** The move in flight in a word: WATCHING, SHIFTING, PREPARING, WAITING, SOAKING … */
  readonly doing: string;
  readonly phase?: { readonly number: number; readonly of: number; readonly name: string };
  readonly startedAt: number;
  readonly trigger: string;
  /** Percent of the extent's targets on `toRevision`, each with its own. */
  readonly targets: readonly {
    readonly name: string;
    readonly weight: number;
    readonly planned: number | undefined;
    readonly inExtent: boolean;
    readonly readBackAt?: number;
    readonly unknown: boolean;
    /** Absent where it is moved in percent. */
    readonly units?: Units;
  }[];
  /** Mean of the extent's targets; percent. */
  readonly moved: number;
  /** What the symptom of the cause shows, where that is not failed requests: whatever is said to fail is slow, say. */
  readonly symptom?: Exclude<SymptomKind, 'errors'>;
  readonly failing?: {
    readonly current: { readonly requests: number; readonly bad: number };
    readonly stable: { readonly requests: number; readonly bad: number };
    readonly windowMs: number;
    readonly at: number;
  };
  /** Which slices carried the failures when the plan was made, for each label that the policy names. */
  readonly splits?: readonly Split[];
  /** What is left, for a person to do by hand where nothing of ours answers; absent where nothing is left or known. */
  readonly byHand?: StepsByHand;
  /** A smaller extent that would do, while nothing has moved yet. */
  readonly narrower?: NarrowerExtent;
  readonly lastChange?: { readonly at: number; readonly text: string };
  /** What happens next by itself. */
  readonly next: string;
  /** When that, and full relief, are expected by the plan; epoch milliseconds. Estimates: evidence takes what it takes. */
  readonly expected?: { readonly nextAt?: number; readonly reliefAt?: number };
  readonly verdict?: string;
  readonly evidence?: EvidenceView;
  readonly paused: boolean;
  readonly wait?: {
    readonly id: string;
    readonly for: WaitFor;
    readonly reason: WaitReason;
    /** Why the target does not do it, where that is what is asked about. */
    readonly code?: TargetCode;
    readonly text: string;
    readonly since: number;
    /** Failing requests per minute while it waits, where known. */
    readonly costPerMinute?: number;
    readonly options: readonly {
      readonly command: CommandKind;
      readonly consequence: string;
      readonly needs: 'operator' | 'approver';
      readonly recommended: boolean;
    }[];
    readonly byItself: string;
    readonly deadline?: number;
    /** When it finds out by itself whether it must still ask; epoch milliseconds. */
    readonly asksAgainAt?: number;
  };
  readonly youCan: readonly CommandKind[];
  readonly end?: { readonly kind: EndKind; readonly reason: string; readonly text: string };
  readonly reportLocation?: string;
  /** When the run recorded its newest event; epoch milliseconds. */
  readonly asOf: number;
  readonly policyHash?: string;
}
