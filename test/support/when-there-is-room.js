const { existsSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { setTimeout: sleep } = require('node:timers/promises');

/** Most suites wait for timers more than for the processor. */
const BESIDE = Math.max(4, availableParallelism() - 1);
const ALONE = BESIDE + 2;
const LOOK_EVERY_MS = 1_000;

/** A file that is there for as long as something else runs beside the suites, and the process that removes it then. */
const { RUNS_BESIDE, RUNS_BESIDE_OF } = process.env;

/** Before each suite: the workers that are too many beside something else begin once it has ended. */
async function whenThereIsRoom() {
  if (RUNS_BESIDE === undefined || Number(process.env.JEST_WORKER_ID) <= BESIDE) return;
  while (existsSync(RUNS_BESIDE) && isAlive(RUNS_BESIDE_OF)) await sleep(LOOK_EVERY_MS);
}

function isAlive(pid) {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}

module.exports = Object.assign(whenThereIsRoom, { workers: RUNS_BESIDE === undefined ? BESIDE : ALONE });
