/** Workflows and every activity that lasts less than a minute. */
export const TASK_QUEUE = 'phased-rollback';

/** Bakes, watches and soaks: long and many, so that they can never starve an unwind. */
export const OBSERVE_TASK_QUEUE = 'phased-rollback-observe';

/** The services' watch over their live rollbacks: as long and as many, and never in the place of a bake. */
export const MONITOR_TASK_QUEUE = 'phased-rollback-monitor';
