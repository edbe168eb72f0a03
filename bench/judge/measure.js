// Plays all phases, in as many threads as there are processors, and adds them up.
const { availableParallelism } = require('node:os');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { BATTERY, BOUNDARY, play, playBoundary, summary } = require('./tally');

const CHUNK = 100;

/** Every piece of work: a row, the hold-out or a cell of the boundary, and which runs of it. */
function chunksOf({ runs, holdoutRuns, seed, holdoutSeed, judges }) {
  const split = (count, rest) =>
    Array.from({ length: Math.ceil(count / CHUNK) }, (_, n) => ({
      ...rest,
      from: n * CHUNK,
      to: Math.min(count, (n + 1) * CHUNK),
    }));
  return [
    ...BATTERY.flatMap((_, row) => split(runs, { kind: 'battery', row, seed, judges })),
    ...split(holdoutRuns, { kind: 'holdout', seed: holdoutSeed, judges }),
    ...BOUNDARY.flatMap((_, cell) => split(runs, { kind: 'boundary', cell, seed })),
  ];
}

function work(chunk) {
  const results = [];
  for (let run = chunk.from; run < chunk.to; run += 1) {
    results.push(chunk.kind === 'boundary' ? playBoundary({ ...chunk, run }) : play({ ...chunk, run }));
  }
  return { chunk, results };
}

/** Plays everything. `say` is told how many of how many pieces are done. */
async function measure(order, say = () => {}) {
  const chunks = chunksOf(order);
  const done = order.threads === 1 ? chunks.map(work) : await inThreads(chunks, say);
  return addUp(done, order);
}

async function inThreads(chunks, say) {
  const queue = [...chunks];
  const done = [];
  const thread = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: 'judge' });
      const next = () => {
        const chunk = queue.shift();
        if (chunk) worker.postMessage(chunk);
        else worker.terminate().then(resolve, reject);
      };
      worker.on('message', (result) => {
        done.push(result);
        say(done.length, chunks.length);
        next();
      });
      worker.on('error', reject);
      next();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, thread));
  return done;
}

function addUp(done, { judges, runs, holdoutRuns }) {
  const of = (kind) => done.filter(({ chunk }) => chunk.kind === kind);
  const results = (parts) => parts.flatMap((part) => part.results);
  const tables = {};
  for (const judge of judges) {
    const outcomes = (parts) => results(parts).map((result) => result.outcomes[judge]);
    const battery = Object.fromEntries(
      BATTERY.map(({ row }, index) => [
        row,
        summary(outcomes(of('battery').filter(({ chunk }) => chunk.row === index))),
      ]),
    );
    const all = results(of('holdout'));
    const byTruth = Object.fromEntries(
      ['helps', 'equal', 'worse'].map((truth) => {
        const own = all.filter((result) => result.truth === truth).map((result) => result.outcomes[judge]);
        return [truth, { ...summary(own), count: own.length }];
      }),
    );
    tables[judge] = { battery, holdout: summary(outcomes(of('holdout'))), byTruth };
  }
  return { tables, boundary: boundaryOf(of('boundary')), runs, holdoutRuns };
}

function boundaryOf(parts) {
  return BOUNDARY.flatMap(({ cell }, index) => {
    const own = parts.filter(({ chunk }) => chunk.cell === index).flatMap(({ results }) => results);
    return ['help', 'noHelp'].map((side) => ({
      cell,
      side: side === 'help' ? 'help side' : 'no-help side',
      share: (100 * own.filter((result) => result[side]).length) / own.length,
      runs: own.length,
    }));
  });
}

if (!isMainThread && workerData === 'judge') parentPort.on('message', (chunk) => parentPort.postMessage(work(chunk)));

module.exports = { measure };
