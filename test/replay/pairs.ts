import type { Planned, ObserveActivities, RollbackActivities } from '../../src/contracts/activities';
import type { EnvironmentAnswer } from '../../src/domain/environment/consult';
import type { Verdict } from '../../src/domain/judge';
import type { Readiness } from '../../src/domain/readiness';
import type { SettledReport } from '../../src/domain/rollback/event';
import type { Assessment } from '../../src/domain/rollback/state';

/**
 * How each activity of a rollback can answer, from the types of its contract; `failed`: it gave up for good, `late`: a
 * target was moved between its interruption and its answer.
 */
interface Answers {
  assess: Assessment['kind'] | 'failed';
  plan: Planned['kind'];
  check: Readiness['kind'] | 'failed';
  prepare: SettledReport['outcome'] | 'failed';
  shift: SettledReport['outcome'] | 'failed';
  unwind: SettledReport['outcome'] | 'failed';
  askEnvironment: EnvironmentAnswer['kind'] | 'failed';
  readBack: 'read' | 'unreadable';
  report: 'done' | 'failed';
  notify: 'done' | 'failed';
  sendOutcome: 'done';
  bake: Verdict['decision'] | 'more' | 'widened';
  watch: 'quiet' | 'harm' | 'dataAreBack' | 'late';
  awaitCapacity: 'ready' | 'short';
}

/** Every activity that a rollback calls, not its service; one that is added to a contract and not to `Answers` does not compile. */
type Called = keyof RollbackActivities | 'askEnvironment' | Exclude<keyof ObserveActivities, 'observeTargets'>;

type Stored = 'stored' | `not stored: ${string}`;

const RACE = 'not stored: it takes a cancel between two calls of one attempt; the model test draws it';

/** Whether a stored history must hold the pair. The compiler asks for every one of them. */
const PAIRS: { readonly [Activity in Called]: Readonly<Record<Answers[Activity], Stored>> } = {
  assess: { blamed: 'stored', unblamed: 'stored', failed: 'stored' },
  plan: { plan: 'stored', unplannable: 'stored' },
  check: {
    ready: 'stored',
    warnings: 'stored',
    notReady: 'stored',
    failed: 'not stored: a check that cannot be run is unknown; only its worker can fail it',
  },
  prepare: {
    done: 'stored',
    alreadyInState: 'stored',
    conflict: 'stored',
    refused: 'stored',
    withdrawn: RACE,
    failed: 'stored',
  },
  shift: {
    done: 'stored',
    alreadyInState: 'stored',
    conflict: 'stored',
    refused: 'stored',
    withdrawn: RACE,
    failed: 'stored',
  },
  unwind: {
    done: 'stored',
    alreadyInState: 'stored',
    conflict: 'stored',
    refused: 'stored',
    withdrawn: 'not stored: an unwind is never cancelled',
    failed: 'stored',
  },
  askEnvironment: { free: 'stored', held: 'stored', failed: 'stored' },
  readBack: { read: 'stored', unreadable: 'stored' },
  report: { done: 'stored', failed: 'stored' },
  notify: { done: 'stored', failed: 'stored' },
  sendOutcome: { done: 'stored' },
  bake: { more: 'stored', proceed: 'stored', hold: 'stored', halt: 'stored', widened: 'stored' },
  watch: { quiet: 'stored', harm: 'stored', dataAreBack: 'stored', late: 'stored' },
  awaitCapacity: { ready: 'stored', short: 'stored' },
};

/** The pairs that stored histories must hold between them, `shift/conflict`, with the two that belong to no activity. */
export const REQUIRED: readonly string[] = [
  ...Object.entries(PAIRS).flatMap(([activity, answers]) =>
    Object.entries(answers).flatMap(([answer, stored]) => (stored === 'stored' ? [`${activity}/${answer}`] : [])),
  ),
  'wait/deadlinePassed',
  'run/continuedAsNew',
];
