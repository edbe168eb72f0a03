const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { figure, inRounds } = require('../harness');
const { drawWorld, generator, simulatePhase } = require('../../dist/domain/simulation');

const CLI = join(__dirname, '..', '..', 'bin', 'phased-rollback.js');
const RUNS = 6_000;
const TIMING = { intervalSeconds: 10, history: 30, intervals: 60 };
const POLICY = { objective: 0.01, baseline: 0.001, settleSeconds: 0 };
const SEED = 777;

/** Recorded runs as `judge` reads them: worlds drawn as in the hold-out of bench/judge, the same each time. */
function recorded(runs) {
  const lines = [];
  for (let run = 0; run < runs; run += 1) {
    const { world } = drawWorld(generator(SEED ^ 0x5bd1e995, run));
    const { history, samples } = simulatePhase(world, generator(SEED, run), TIMING);
    const cohort = (counts) => counts && { requests: counts.requests, errors: counts.bad };
    lines.push({ type: 'run', id: `run ${run}`, policy: POLICY });
    history.forEach((counts, index) =>
      lines.push({ type: 'history', t: (index - history.length) * TIMING.intervalSeconds, current: cohort(counts) }),
    );
    samples.forEach(({ at, stable, current }) =>
      lines.push({ type: 'sample', t: at / 1_000, stable: cohort(stable), current: cohort(current) }),
    );
  }
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

/** Milliseconds until the command has judged all of the file and ended, and how many verdicts it printed. */
function judged(file, options) {
  return new Promise((resolve, reject) => {
    const startedAt = Date.now();
    const child = spawn(process.execPath, [CLI, 'judge', file, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    let verdicts = 0;
    child.stdout.on('data', (chunk) => {
      for (const byte of chunk) if (byte === 0x0a) verdicts += 1;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve({ ms: Date.now() - startedAt, verdicts }) : reject(new Error(`judge ended with ${code}`)),
    );
  });
}

/** `phased-rollback judge` over recorded runs, from the start of its process to its end. */
async function judge({ rounds, say }) {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-bench-'));
  const file = join(dir, 'runs.jsonl');
  try {
    writeFileSync(file, recorded(RUNS));
    const timed = (options, verdicts) => async () => {
      const end = await judged(file, options);
      if (end.verdicts !== verdicts) throw new Error(`${end.verdicts} verdicts of ${verdicts} were printed`);
      return end.ms;
    };
    const once = await inRounds(rounds, timed([], RUNS), say);
    const each = await inRounds(rounds, timed(['--every-sample'], RUNS * TIMING.intervals), say);
    return {
      server: 'no server',
      figures: [
        figure(`${RUNS} runs of ${TIMING.intervals} samples, a verdict each`, 'ms', once),
        figure(`the same, with what is said at every sample`, 'ms', each),
      ],
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

module.exports = [{ name: 'judge', rounds: 3, run: judge }];
