import { AsyncLocalStorage } from 'node:async_hooks';
import { Context } from '@temporalio/activity';
import type { WorkerInterceptors } from '@temporalio/worker';
import type { ActivityDependencies } from '../../../src/activities';

/** A step of an activity at which something may be killed. */
export interface Point {
  readonly activity: string;
  /** Before anything is asked of the world; while the first thing asked is unanswered; all done, but not yet reported. */
  readonly when: 'before' | 'during' | 'after';
  readonly workflow: string;
  readonly activityId: string;
  readonly attempt: number;
  /** Which of the laboratory's workers is there. */
  readonly worker: string;
}

/** Tells of a point and goes on when the answer comes; never, when the answer is to be killed. */
export type Tell = (point: Point) => Promise<void>;

const EFFECTS = ['prepare', 'shift', 'unwind'];
/** Long enough for an effect to be on its way to the target, and mostly there. */
const ON_ITS_WAY_MS = 50;

/** What is put around a worker's activities: no code of the product knows of it. */
export function tripwires(
  worker: string,
  tell: Tell,
): {
  readonly interceptors: WorkerInterceptors;
  readonly surround: (made: ActivityDependencies) => ActivityDependencies;
} {
  const execution = new AsyncLocalStorage<{ told: boolean }>();
  const at = (when: Point['when']): Promise<void> => {
    const { activityType, workflowExecution, activityId, attempt } = Context.current().info;
    const workflow = workflowExecution?.workflowId ?? '';
    return tell({ activity: activityType, when, workflow, activityId, attempt, worker });
  };

  /** Around one call to the world: the first one of an activity, and of an effect the effect itself. */
  async function underWay<T>(answer: Promise<T>, isEffect: boolean): Promise<T> {
    const own = execution.getStore();
    const wanted = isEffect || !EFFECTS.includes(Context.current().info.activityType);
    if (!own || own.told || !wanted) return answer;
    own.told = true;
    const settled = answer.then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, ON_ITS_WAY_MS))]);
    await at('during');
    return answer;
  }

  /** Every method of a port, with the effects told apart. */
  function watched<Port extends object>(port: Port, effects: readonly string[] = []): Port {
    return new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          const answer: unknown = Reflect.apply(value, target, args);
          return answer instanceof Promise ? underWay(answer, effects.includes(String(name))) : answer;
        };
      },
    });
  }

  return {
    interceptors: {
      activity: [
        () => ({
          inbound: {
            async execute(input, next) {
              await at('before');
              const result = await execution.run({ told: false }, () => next(input));
              await at('after');
              return result;
            },
          },
        }),
      ],
    },
    surround: (made) => ({
      ...watched(made),
      adapters: {
        target: (policy) => watched(made.adapters.target(policy), ['prepare', 'shift']),
        metrics: (policy) => watched(made.adapters.metrics(policy)),
        check: (policy) => watched(made.adapters.check(policy)),
        notifier: (config) => watched(made.adapters.notifier(config)),
        archive: (config) => watched(made.adapters.archive(config)),
      },
      now: () => made.now(),
      loadPolicy: (environment, service) => underWay(made.loadPolicy(environment, service), false),
      sendOutcome: (ended) => underWay(made.sendOutcome(ended), false),
      describeRun: (ref) => underWay(made.describeRun(ref), false),
    }),
  };
}
