import {
  ActivityCancellationType,
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { EnvironmentActivities } from '../contracts/activities';
import {
  consultUpdate,
  environmentCommandSignal,
  environmentOutcomeQuery,
  environmentStatusQuery,
} from '../contracts/definitions';
import { activeCommonCause, commonCausePage, toldCommonCause } from '../domain/environment/common-cause';
import { consultAll } from '../domain/environment/consult';
import { environmentId, openEnvironment } from '../domain/environment/state';
import type { CommonCause, EnvironmentState } from '../domain/environment/state';
import { environmentView } from '../domain/environment/view';
import { environmentOutcome, hearWord } from '../domain/environment/word';

/** What an environment workflow is started or continued with. */
export interface EnvironmentInput {
  readonly environment: string;
  /** The memory of the run before, when this one continues it. */
  readonly carried?: EnvironmentState;
  /** Continue as new after this many messages of one run, besides the server's own suggestion. */
  readonly continueAfterMessages?: number;
  /** So long a common cause gathers services before people are told of it, in milliseconds; 5 s by default. */
  readonly gatherMs?: number;
}

/** People are told once, with those that alert together; the first page that names only three would mislead. */
const GATHER_MS = 5_000;

const { notifyEnvironment } = proxyActivities<Pick<EnvironmentActivities, 'notifyEnvironment'>>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '5s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/** The memory of an environment: handlers answer at once, and the loop tells people what concerns all of it. */
export async function environment(input: EnvironmentInput): Promise<never> {
  let state = input.carried ?? openEnvironment(input.environment);
  let handled = 0;
  // A word that stops automation is heard before questions that came with it, in whatever order they came.
  setHandler(environmentCommandSignal, (word) => {
    handled += 1;
    state = hearWord(state, word, Date.now());
  });
  setHandler(consultUpdate, ({ limits, questions }) => {
    handled += 1;
    const consulted = consultAll(state, limits, questions, Date.now());
    state = consulted.state;
    return consulted.answers;
  });
  setHandler(environmentStatusQuery, () => environmentView(state, Date.now()));
  setHandler(environmentOutcomeQuery, (id) => environmentOutcome(state, id));
  const full = (): boolean =>
    workflowInfo().continueAsNewSuggested || handled >= (input.continueAfterMessages ?? Infinity);
  const untold = (): CommonCause | undefined => {
    const cause = activeCommonCause(state, Date.now());
    return cause?.told === false ? cause : undefined;
  };
  while (!full()) {
    const cause = untold();
    if (!cause) {
      await condition(() => full() || untold() !== undefined);
    } else if (!(await condition(full, Math.max(0, cause.since + (input.gatherMs ?? GATHER_MS) - Date.now())))) {
      // A page that is cut off here comes again from the next run under the same id.
      await Promise.race([condition(full), tellOf(state, cause)]);
      if (!full()) state = toldCommonCause(state, cause);
    }
  }
  await condition(allHandlersFinished);
  return continueAsNew<typeof environment>({ ...input, carried: state });
}

/** Wakes the people of the environment; whoever cannot be reached must not stop the answers. */
async function tellOf(state: EnvironmentState, cause: CommonCause): Promise<void> {
  const { environment: name } = state;
  const id = `${environmentId(name)}/common-cause/${cause.since}`;
  const page = { environment: name, id, level: 'page' as const, ...commonCausePage(state), at: Date.now() };
  await notifyEnvironment(page).catch((error: unknown) => {
    log.warn('people could not be told of a common cause', { environment: name, error: String(error) });
  });
}
