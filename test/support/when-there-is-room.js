const { existsSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { setTimeout: sleep } = require('node:timers/promises');

/** Most suites wait for timers more than for the processor. */
const BESIDE = Math.max(3, availableParallelism() - 1);
const ALONE = BESIDE + 2;
const LOOK_EVERY_MS = 1_000;

/** A file that is there for as long as something else runs beside the suites, with as much need of the processors. */
const { RUNS_BESIDE } = process.env;

/** Before each suite: the workers that are too many beside something else begin once it has ended. */
async function whenThereIsRoom() {
  if (RUNS_BESIDE === undefined || Number(process.env.JEST_WORKER_ID) <= BESIDE) return;
  while (existsSync(RUNS_BESIDE)) await sleep(LOOK_EVERY_MS);
}

module.exports = Object.assign(whenThereIsRoom, { workers: RUNS_BESIDE === undefined ? BESIDE : ALONE });
