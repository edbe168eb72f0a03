const { readFileSync } = require('node:fs');
const { cpus } = require('node:os');
const { atShare, delay, figure, until } = require('../harness');
const { onStage, servicesFor } = require('../stage');

const USUAL_S = 10;
/** Machines of few cores bear a thousand with fewer samples: BENCH_INTERVAL_S=20. */
const INTERVAL_S = Number(process.env.BENCH_INTERVAL_S ?? USUAL_S);
const INTERVAL_MS = INTERVAL_S * 1_000;
/** The first phase concerns one target of a service. */
const WATCHED_TARGETS = 1;
/** A rollback holds one slot, and so does its service until the rollback begins. */
const SLOTS_EACH = 2;
/** A sample that comes later than this after the one before has missed its interval. */
const KEPT_MS = INTERVAL_MS * 1.05;
/** Rollbacks that have begun and do not watch a phase yet. */
const UNDER_WAY = 10;
/** Each look has Temporal count what moves, which costs more the more there are. */
const LOOK_MS = 1_000;
const TOLD_EACH = 100;
const WINDOW_MS = Number(process.env.BENCH_WINDOW_S ?? 60) * 1_000;
/** Where a number that is kept is known already, BENCH_FIRST_TRY=1875 begins there. */
const FIRST_TRY = Number(process.env.BENCH_FIRST_TRY ?? 1_500);
const RAMP_LIMIT_MS = 3_600_000;
const TICKS_A_SECOND = 100;

/** Resident memory and used processor time of a process, as Linux tells them. */
function usageOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return {
    rssMiB: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024,
    cpuMs: ((Number(stat[11]) + Number(stat[12])) * 1_000) / TICKS_A_SECOND,
  };
}

/** Used time of all processors of the machine, in milliseconds. */
function usedByAll() {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}

async function start(lab, name) {
  const url = `${lab.gatewayUrl}/v1/rollbacks`;
  const body = JSON.stringify({
    service: name,
    fromRevision: 'v42',
    toRevision: 'v41',
    cause: 'errors',
    reason: 'bench',
  });
  await until(
    `${name} is started`,
    async () => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': `bench-${name}` };
      const response = await fetch(url, { method: 'POST', headers, body });
      await response.text();
      return response.status === 202;
    },
    { everyMs: 200 },
  );
}

async function moving(lab) {
  const query = "WorkflowType = 'rollback' AND RollbackStage = 'moving'";
  return (await lab.connection.client.workflow.count(query)).count;
}

/**
 * Starts them as quickly as they come to their phase, no quicker: a backlog of beginnings would make those late that are
 * watched already.
 */
async function startAll(lab, names, say) {
  const deadline = Date.now() + RAMP_LIMIT_MS;
  for (let begun = 0; begun < names.length; await delay(LOOK_MS)) {
    if (Date.now() > deadline) throw new Error(`never: more than ${begun} of ${names.length} rollbacks were started`);
    const free = Math.max(0, UNDER_WAY - (begun - (await moving(lab))));
    const next = names.slice(begun, begun + free);
    await Promise.all(next.map((name) => start(lab, name)));
    if (Math.floor(begun / TOLD_EACH) < Math.floor((begun + next.length) / TOLD_EACH))
      say(`${begun + next.length} started`);
    begun += next.length;
  }
}

/** Fulfilled when so many rollbacks watch a phase: each of their pages has been looked at within the last intervals. */
async function untilBaking(lab, count) {
  await until(`${count} rollbacks move`, async () => (await moving(lab)) >= count, { everyMs: 1_000 });
  await delay(2 * INTERVAL_MS);
}

/** What a minute of watching costs, and how far apart the samples of each target come. */
async function observed(lab, count) {
  const workers = lab.pidOf('worker');
  const server = lab.serverPid;
  await lab.gaps();
  const before = [workers, server].map((pid) => pid && usageOf(pid));
  const [begun, usedBefore] = [Date.now(), usedByAll()];
  await delay(WINDOW_MS);
  const elapsed = Date.now() - begun;
  const allCores = (usedByAll() - usedBefore) / elapsed;
  const gaps = [...(await lab.gaps())].sort((a, b) => a - b);
  const after = [workers, server].map((pid) => pid && usageOf(pid));
  const cores = (index) => (before[index] ? (after[index].cpuMs - before[index].cpuMs) / elapsed : undefined);
  const expected = Math.floor((count * WATCHED_TARGETS * elapsed) / INTERVAL_MS);
  return {
    gaps,
    share: gaps.length / expected,
    workerMiB: after[0].rssMiB,
    workerCores: cores(0),
    serverCores: cores(1),
    allCores,
    kept: gaps.length >= 0.9 * expected && atShare(gaps, 0.95) <= KEPT_MS,
  };
}

/** So many rollbacks watching a phase at once on one worker, a sample of each target in every interval. */
function seenWith(count, say) {
  const services = servicesFor(count, { interval: `${INTERVAL_S}s`, longestBake: '6h' }, 'unclear');
  // What the policy names when a worker starts is looked at from then on; the others are when their rollback is started,
  // so that there are as many looks as bakes.
  return onStage({ services: services.slice(0, 1), watchSlots: SLOTS_EACH * services.length }, async (lab) => {
    lab.writePolicy(services);
    const names = services.map(({ name }) => name);
    await startAll(lab, names, say);
    await untilBaking(lab, count);
    return observed(lab, count);
  });
}

async function baking({ rounds: count, say }) {
  const seen = await seenWith(count, say);
  const name = `${count} baking${INTERVAL_S === USUAL_S ? '' : `, a sample each ${INTERVAL_S} s`}`;
  return {
    server: seen.server,
    figures: [
      figure(
        `${name}: between two samples, beyond the interval`,
        'ms',
        seen.gaps.map((gap) => gap - INTERVAL_MS),
        { p99: true },
      ),
      figure(`${name}: samples taken of those due`, '%', [seen.share * 100], { better: 'more' }),
      figure(`${name}: memory of the worker`, 'MiB', [seen.workerMiB]),
      figure(`${name}: processor of the worker`, 'cores', [seen.workerCores]),
      ...(seen.serverCores === undefined
        ? []
        : [figure(`${name}: processor of Temporal`, 'cores', [seen.serverCores])]),
      figure(`${name}: processors of the whole machine, store and what is watched included`, 'cores', [seen.allCores]),
    ],
  };
}

/** Looks for the most of which 95 of 100 samples keep their interval, to a tenth; each number on a stage of its own. */
async function largest({ rounds: limit, say }) {
  let [kept, lost, server] = [0, limit + 1];
  for (let next = Math.min(limit, FIRST_TRY); next > kept; next = nextTry(kept, lost, limit)) {
    const seen = await seenWith(next, say);
    say(`${next}: ${seen.kept ? 'kept' : 'not kept'}, 95 of 100 within ${atShare(seen.gaps, 0.95)} ms`);
    if (seen.kept) kept = next;
    else lost = next;
    server = seen.server;
  }
  return {
    server,
    figures: [
      figure(
        `most rollbacks on one worker that keep an interval of ${INTERVAL_S} s, of up to ${limit} tried`,
        'rollbacks',
        [kept],
        { better: 'more' },
      ),
    ],
  };
}

/** Half as many again while all were kept, then the middle; what is kept where the two are near enough. */
function nextTry(kept, lost, limit) {
  if (lost > limit) return Math.min(limit, Math.ceil(kept * 1.5));
  return lost - kept <= Math.max(10, kept * 0.1) ? kept : Math.floor((kept + lost) / 2);
}

module.exports = [
  { name: 'baking', rounds: 100, run: baking },
  { name: 'baking-1000', rounds: 1_000, long: true, run: baking },
  { name: 'baking-5000', rounds: 5_000, long: true, run: baking },
  { name: 'baking-largest', rounds: 5_000, long: true, run: largest },
];
