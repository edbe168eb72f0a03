// Simulated phases: what the counters of both revisions show every ten seconds, and what a judge should say of it.
const { binomial, generator, geometric, poisson } = require('./random');

const INTERVAL_S = 10;
const TICKS = 60;
const HISTORY = 30;
const BLACKOUT_TICKS = 6;

const CHAIN = { enter: 1 / 9, leave: 1 / 3, calm: 0.4, burst: 2.8 };
const BURSTY = { chain: CHAIN, clump: { kind: 'geometric', mean: 4 } };
const MISSING = { scrape: 0.3, blackout: true, restart: 0.02 };
const HELPS = { stable: 0.001, current: 0.05, right: 'proceed' };
const EQUAL = { stable: 0.05, current: 0.05, right: 'halt' };

/** The fixed battery. 100 requests a second and a quarter of them on stable, unless a row says otherwise. */
const BATTERY = [
  { row: 'a helps .1 vs 5', ...HELPS },
  { row: 'b equal 5 vs 5', ...EQUAL },
  { row: 'b2 equal .5 vs .5', stable: 0.005, current: 0.005, right: 'not-proceed' },
  { row: 'c worse 15 vs 5', stable: 0.15, current: 0.05, right: 'halt' },
  { row: 'c2 worse 4 vs 2', stable: 0.04, current: 0.02, right: 'halt' },
  { row: 'd1 1 rps, .1 vs 5', ...HELPS, rps: 1, share: 0.5 },
  { row: 'd2 1 rps, 5 vs 5', ...EQUAL, rps: 1, share: 0.5 },
  { row: 'd3 1 rps, .1 vs 20', stable: 0.001, current: 0.2, right: 'proceed', rps: 1, share: 0.5 },
  { row: 'e1 bursty 5 vs 5', ...EQUAL, ...BURSTY },
  { row: 'e2 bursty .1 vs 5', ...HELPS, ...BURSTY },
  { row: 'e3 shared bursts, helps', ...HELPS, shared: { ...CHAIN, points: 0.02 } },
  { row: 'e4 bursty .5 vs .5', stable: 0.005, current: 0.005, right: 'not-proceed', ...BURSTY },
  { row: 'e5 clumps of 6, helps', ...HELPS, clump: { kind: 'fixed', mean: 6 } },
  { row: 'f1 missing data, helps', ...HELPS, missing: MISSING },
  { row: 'f2 missing data, equal', ...EQUAL, missing: MISSING },
  { row: 'g0 helps, slow 2 vs 2', ...HELPS, slow: { stable: 0.02, current: 0.02 } },
  { row: 'g1 errors fixed, slow 12 vs 2', ...HELPS, right: 'halt', slow: { stable: 0.12, current: 0.02 } },
].map((row) => ({ rps: 100, share: 0.25, ...row }));

function logUniform(random, low, high) {
  return Math.exp(Math.log(low) + random() * (Math.log(high) - Math.log(low)));
}

/** A world nobody has tuned for: drawn anew for each run of each seed. */
function randomWorld(seed, run) {
  const random = generator(seed ^ 0x5bd1e995, run);
  const rps = logUniform(random, 1, 1000);
  const share = [0.05, 0.1, 0.25, 0.5][Math.floor(random() * 4)];
  const current = logUniform(random, 0.02, 0.3);
  const kind = random();
  const truth = kind < 0.5 ? 'helps' : kind < 0.8 ? 'equal' : 'worse';
  const stable = {
    helps: () => logUniform(random, 0.0002, 0.005),
    equal: () => current,
    worse: () => Math.min(0.95, current * (1.3 + random() * 2.7)),
  }[truth]();
  const world = { row: truth, rps, share, stable, current, right: truth === 'helps' ? 'proceed' : 'halt' };
  const bursty = random() < 0.4 ? drawnBursts(random) : {};
  const missing = random() < 0.3 ? drawnGaps(random) : {};
  return { ...world, ...bursty, ...missing };
}

function drawnBursts(random) {
  const calm = 0.2 + random() * 0.8;
  const leave = INTERVAL_S / (10 + random() * 50);
  const duty = 0.1 + random() * 0.3;
  const chain = { enter: Math.min(1, (leave * duty) / (1 - duty)), leave, calm, burst: (1 - (1 - duty) * calm) / duty };
  return { chain, clump: { kind: 'geometric', mean: 1 + random() * 7 } };
}

function drawnGaps(random) {
  return { missing: { scrape: 0.1 + random() * 0.3, blackout: random() < 0.5, restart: random() * 0.02 } };
}

/** A chain of calm and burst, and how much it multiplies the ratio. */
function openChain(random, chain) {
  let bursting = random() < chain.enter / (chain.enter + chain.leave);
  return {
    step: () => {
      bursting = random() < (bursting ? 1 - chain.leave : chain.enter);
    },
    factor: () => (bursting ? chain.burst : chain.calm),
    bursting: () => bursting,
  };
}

function errorsOf(random, n, p, clump) {
  if (!clump) return binomial(random, n, Math.min(1, p));
  let total = 0;
  for (let left = poisson(random, (n * p) / clump.mean); left > 0; left -= 1) {
    total += clump.kind === 'fixed' ? clump.mean : geometric(random, clump.mean);
  }
  return Math.min(n, total);
}

/** The history of the suspect and the samples of one phase of this world. Counters are cumulative; null is a missing scrape. */
function phase(world, seed, run) {
  const random = generator(seed, run);
  const chains = world.chain
    ? { stable: openChain(random, world.chain), current: openChain(random, world.chain) }
    : undefined;
  const shared = world.shared ? openChain(random, world.shared) : undefined;
  const blackoutAt = world.missing?.blackout ? Math.floor(random() * 12) : Infinity;
  const ratio = (cohort) =>
    world[cohort] * (chains?.[cohort].factor() ?? 1) + (shared?.bursting() ? world.shared.points : 0);
  const perInterval = INTERVAL_S * world.rps;
  const history = [];
  for (let k = 0; k < HISTORY; k += 1) {
    chains?.current.step();
    shared?.step();
    const requests = poisson(random, perInterval);
    history.push({ requests, bad: errorsOf(random, requests, ratio('current'), world.clump) });
  }
  return { history, samples: samplesOf({ world, random, chains, shared, blackoutAt, ratio, perInterval }) };
}

function samplesOf({ world, random, chains, shared, blackoutAt, ratio, perInterval }) {
  const samples = [];
  const counters = { stable: zero(world), current: zero(world) };
  for (let tick = 0; tick < TICKS; tick += 1) {
    chains?.stable.step();
    chains?.current.step();
    shared?.step();
    const n = {
      stable: poisson(random, perInterval * world.share),
      current: poisson(random, perInterval * (1 - world.share)),
    };
    const bad = {
      stable: errorsOf(random, n.stable, ratio('stable'), world.clump),
      current: errorsOf(random, n.current, ratio('current'), world.clump),
    };
    const sample = { at: (tick + 1) * INTERVAL_S * 1000 };
    for (const cohort of ['stable', 'current']) {
      const slow = world.slow ? binomial(random, n[cohort], world.slow[cohort]) : 0;
      const restarted = world.missing !== undefined && random() < world.missing.restart;
      const before = restarted ? zero(world) : counters[cohort];
      counters[cohort] = added(before, n[cohort], bad[cohort], slow);
      sample[cohort] = counters[cohort];
    }
    const dark = tick >= blackoutAt && tick < blackoutAt + BLACKOUT_TICKS;
    for (const cohort of ['stable', 'current']) {
      if (world.missing && (random() < world.missing.scrape || dark)) sample[cohort] = null;
    }
    samples.push(sample);
  }
  return samples;
}

function zero(world) {
  return { requests: 0, bad: 0, ...(world.slow ? { guardrails: { latency: 0 } } : {}) };
}

function added({ requests, bad, guardrails }, n, more, slow) {
  return {
    requests: requests + n,
    bad: bad + more,
    ...(guardrails ? { guardrails: { latency: guardrails.latency + slow } } : {}),
  };
}

module.exports = { BATTERY, INTERVAL_S, TICKS, phase, randomWorld };
