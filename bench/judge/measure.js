// Plays all phases, in as many threads as there are processors, and adds them up.
const { availableParallelism } = require('node:os');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { BATTERY } = require('./battery');
const { CELLS, methodsOf, playBoundary } = require('./boundary');
const { GATED, OURS } = require('./ours');
const { CLASSES, ask, classesOf, played } = require('./play');
const { count, figures, merge, openTally } = require('./tally');

const CHUNK = 100;
/** The product's further columns are asked about every fourth piece only, where no gate rests on them. */
const EVERY = 4;
const SIDES = { help: 'help side', noHelp: 'no-help side' };

/** Every piece of work: a row, the hold-out or a cell of the boundary, which runs of it, and who is asked. */
function chunksOf({ runs, holdoutRuns, seed, holdoutSeed, judges, looks, gated }) {
  const rows = BATTERY.map(({ column }, row) => ({ row, column }));
  const phases = [
    ...rows.map(({ row, column }) => ({ total: runs, column, rest: { kind: 'battery', row, seed } })),
    { total: holdoutRuns, column: GATED, rest: { kind: 'holdout', seed: holdoutSeed } },
  ];
  const asked = (n, column) => {
    if (gated) return [column];
    const isShort = n % EVERY !== 0;
    return judges.filter((judge) => !isShort || judge === GATED || judge === column || !(judge in OURS));
  };
  return [
    ...phases.flatMap(({ total, column, rest }) =>
      pieces(total).map((piece, n) => ({ ...rest, ...piece, judges: asked(n, column) })),
    ),
    ...CELLS.flatMap((_, cell) =>
      pieces(runs).map((piece) => ({ kind: 'boundary', cell, seed, looks: Math.max(...looks), at: looks, ...piece })),
    ),
  ];
}

function pieces(total) {
  return Array.from({ length: Math.ceil(total / CHUNK) }, (_, n) => ({
    from: n * CHUNK,
    to: Math.min(total, (n + 1) * CHUNK),
  }));
}

/** Tallies by key: judge and row, judge and class, or method, cell, side and looks. */
function work(chunk) {
  const tallies = {};
  for (let run = chunk.from; run < chunk.to; run += 1) {
    const seen = chunk.kind === 'boundary' ? boundaryRun(chunk, run) : phaseRun(chunk, run);
    for (const [key, outcome] of seen) count((tallies[key] ??= openTally()), outcome);
  }
  return tallies;
}

function phaseRun(chunk, run) {
  const phase = played({ ...chunk, run });
  const places = chunk.kind === 'battery' ? [BATTERY[chunk.row].row] : classesOf(phase);
  return ask(phase, chunk.judges).flatMap(([judge, outcome]) => places.map((place) => [keyOf(judge, place), outcome]));
}

function boundaryRun(chunk, run) {
  return playBoundary({ ...chunk, run }).flatMap(({ name, first }) =>
    Object.keys(SIDES).flatMap((side) =>
      chunk.at.map((looks) => [
        keyOf(name, chunk.cell, side, looks),
        { wrong: first[side] <= looks, open: false, seconds: 0, reason: side },
      ]),
    ),
  );
}

function keyOf(...parts) {
  return JSON.stringify(parts);
}

/** Plays everything. `say` is told how many of how many pieces are done. */
async function measure(order, say = () => {}) {
  const tallies = {};
  await inThreads(chunksOf(order), (done, all, result) => {
    for (const [key, tally] of Object.entries(result)) merge((tallies[key] ??= openTally()), tally);
    say(done, all);
  });
  return tablesOf(tallies, order);
}

async function inThreads(chunks, take) {
  const queue = [...chunks];
  let done = 0;
  const thread = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: 'judge' });
      const next = () => {
        const chunk = queue.shift();
        if (chunk) worker.postMessage(chunk);
        else worker.terminate().then(resolve, reject);
      };
      worker.on('message', (result) => {
        take((done += 1), chunks.length, result);
        next();
      });
      worker.on('error', reject);
      next();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, thread));
}

/** Figures of every judge by row and by part of the hold-out, and of the boundary. */
function tablesOf(tallies, { judges, looks }) {
  const found = (...parts) => {
    const tally = tallies[keyOf(...parts)];
    return tally && figures(tally);
  };
  const by = (judge, places) =>
    Object.fromEntries(places.flatMap((place) => (found(judge, place) ? [[place, found(judge, place)]] : [])));
  const columns = judges.map((judge) => [
    judge,
    {
      battery: by(
        judge,
        BATTERY.map(({ row }) => row),
      ),
      holdout: by(judge, CLASSES),
    },
  ]);
  const boundary = CELLS.flatMap((world, cell) =>
    methodsOf(world).flatMap((method) =>
      Object.keys(SIDES).flatMap((side) =>
        looks.map((at) => {
          const { wrong, count: runs } = found(method, cell, side, at);
          return { cell: world.cell, method, side: SIDES[side], looks: at, share: wrong, runs };
        }),
      ),
    ),
  );
  return { judges: Object.fromEntries(columns), boundary };
}

if (!isMainThread && workerData === 'judge') parentPort.on('message', (chunk) => parentPort.postMessage(work(chunk)));

module.exports = { measure };
