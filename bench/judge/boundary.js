// Worlds in which stable lies exactly on the margin: every verdict there is a false one, however often one looks.
const { logEvidence, openProcess, stepProcess } = require('../../dist/domain/judge/e-process');
const { binomial, generator, poisson } = require('../../dist/domain/simulation');
const { confidenceSequence, differenceOf, fixedLines } = require('./sequential');
const { INTERVAL_S } = require('./terms');

/** Share of false verdicts that each side may have. */
const ALPHA = 0.05;
const LINE = Math.log(1 / ALPHA);
const HALF = { rho: 0.5, delta: 0 };

const steady = (value) => () => value;

/** Ratio of current and share of stable by look. */
const CELLS = [
  { cell: '100 rps, 5 %, share 25 %', rps: 100, share: steady(0.25), current: steady(0.05), margin: HALF },
  { cell: '100 rps, .2 %, share 10 %', rps: 100, share: steady(0.1), current: steady(0.002), margin: HALF },
  { cell: '1 rps, 5 %, share 50 %', rps: 1, share: steady(0.5), current: steady(0.05), margin: HALF },
  {
    cell: '30 rps, 1 to 9 % in waves, share 5 to 80 %',
    rps: 30,
    share: (look) => Math.min(0.8, 0.05 + 0.0125 * look),
    current: (look) => 0.05 + 0.04 * Math.sin(look / 5),
    margin: HALF,
  },
  {
    cell: '30 rps, 1.5 times 5 % and a point',
    rps: 30,
    share: steady(0.25),
    current: steady(0.05),
    margin: { rho: 1.5, delta: 0.01 },
  },
];

/** Each tells of every look whether it refutes the one side or the other. */
const METHODS = {
  ours: (margin) => {
    const cap = (LINE + Math.LN2) / 2;
    let below = openProcess({ ...margin, side: 'below' }, cap, 1);
    let above = openProcess({ ...margin, side: 'above' }, cap, 1);
    return ({ increment }) => {
      below = stepProcess(below, [increment], 1);
      above = stepProcess(above, [increment], 1);
      return { help: logEvidence(below) >= LINE, noHelp: logEvidence(above) >= LINE };
    };
  },
  'confidence sequence': () => read(confidenceSequence(ALPHA, ALPHA)),
  'Pocock, 60 looks': () => read(fixedLines(2.545, 2.545)),
  'naive z': () => read(fixedLines(1.645, 1.645)),
};

function read(rule) {
  return ({ totals }) => {
    const seen = differenceOf(totals);
    const says = seen && rule(seen);
    return { help: says === 'proceed', noHelp: says === 'halt' };
  };
}

/** The others here ask about half of current's ratio only. */
function methodsOf({ margin }) {
  return Object.keys(METHODS).filter((name) => name === 'ours' || margin === HALF);
}

/** At which look each side was first refuted in one run, by method; undefined where it never was. */
function playBoundary({ cell, seed, run, looks }) {
  const world = CELLS[cell];
  const random = generator(seed, run);
  const methods = methodsOf(world).map((name) => ({ name, look: METHODS[name](world.margin), first: {} }));
  const totals = { stable: { requests: 0, bad: 0 }, current: { requests: 0, bad: 0 } };
  for (let look = 1; look <= looks; look += 1) {
    const increment = drawn(world, random, look);
    for (const cohort of ['stable', 'current']) {
      totals[cohort].requests += increment[cohort].requests;
      totals[cohort].bad += increment[cohort].bad;
    }
    for (const { look: says, first } of methods) {
      const refuted = says({ increment, totals });
      for (const side of ['help', 'noHelp']) if (refuted[side]) first[side] ??= look;
    }
  }
  return methods.map(({ name, first }) => ({ name, first }));
}

function drawn({ rps, share, current, margin }, random, look) {
  const p = current(look);
  const n = poisson(random, INTERVAL_S * rps * share(look));
  const m = poisson(random, INTERVAL_S * rps * (1 - share(look)));
  return {
    stable: { requests: n, bad: binomial(random, n, margin.rho * p + margin.delta) },
    current: { requests: m, bad: binomial(random, m, p) },
  };
}

module.exports = { CELLS, METHODS, methodsOf, playBoundary };
