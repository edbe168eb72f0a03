// Plays phases and counts what judges said of them.
const { openProcess, stepProcess, logEvidence } = require('../../dist/domain/judge/e-process');
const { OTHERS } = require('./others');
const { ours } = require('./ours');
const { binomial, drawWorld, generator, poisson, simulatePhase } = require('../../dist/domain/simulation');
const { BATTERY } = require('./battery');

const JUDGES = { ours, ...OTHERS };
const TIMING = { intervalSeconds: 10, history: 30, intervals: 60 };
/** Worlds of the hold-out are drawn apart from what happens in them. */
const DRAWN = 0x5bd1e995;
const LINE = Math.log(1 / 0.05);

/** Worlds in which stable fails exactly half as often as current: every verdict there is a false one. */
const BOUNDARY = [
  { cell: '100 rps, 5 %, share 25 %', rps: 100, share: 0.25, current: 0.05 },
  { cell: '100 rps, .2 %, share 10 %', rps: 100, share: 0.1, current: 0.002 },
  { cell: '1 rps, 5 %, share 50 %', rps: 1, share: 0.5, current: 0.05 },
];

/** wrong: it went on where it should not, or stopped where it should go on; open: it left the matter to a person. */
function outcomeOf(right, { says, seconds }) {
  const mayStayOpen = right === 'not-proceed';
  if (says === 'hold') return { wrong: false, open: !mayStayOpen, seconds: mayStayOpen ? seconds : 600 };
  return { wrong: (says === 'proceed') !== (right === 'proceed'), open: false, seconds };
}

/** The outcomes of every judge on one run of a row, or of the hold-out where `row` is undefined. */
function play({ row, seed, run, judges }) {
  const { world, right, truth } = row === undefined ? drawn(seed, run) : BATTERY[row];
  const played = { world, ...simulatePhase(world, generator(seed, run), TIMING) };
  const outcomes = {};
  for (const name of judges) outcomes[name] = outcomeOf(right, JUDGES[name](played));
  return { truth, outcomes };
}

function drawn(seed, run) {
  const { world, truth } = drawWorld(generator(seed ^ DRAWN, run));
  return { world, truth, right: truth === 'helps' ? 'proceed' : 'halt' };
}

/** Whether the help side and the other side were ever refuted in one run on the boundary. */
function playBoundary({ cell, seed, run }) {
  const { rps, share, current } = BOUNDARY[cell];
  const random = generator(seed, run);
  const cap = (LINE + Math.LN2) / 2;
  let below = openProcess({ rho: 0.5, delta: 0, side: 'below' }, cap, 1);
  let above = openProcess({ rho: 0.5, delta: 0, side: 'above' }, cap, 1);
  let [help, noHelp] = [false, false];
  for (let tick = 0; tick < 60; tick += 1) {
    const [nS, nC] = [poisson(random, 10 * rps * share), poisson(random, 10 * rps * (1 - share))];
    const increment = {
      stable: { requests: nS, bad: binomial(random, nS, current / 2) },
      current: { requests: nC, bad: binomial(random, nC, current) },
    };
    below = stepProcess(below, [increment], 1);
    above = stepProcess(above, [increment], 1);
    help ||= logEvidence(below) >= LINE;
    noHelp ||= logEvidence(above) >= LINE;
  }
  return { help, noHelp };
}

/** Adds up outcomes: shares in percent, times in seconds. */
function summary(outcomes) {
  const share = (count) => (100 * count) / outcomes.length;
  const times = outcomes.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return {
    wrong: share(outcomes.filter(({ wrong }) => wrong).length),
    open: share(outcomes.filter(({ open }) => open).length),
    median: times[Math.floor(times.length / 2)],
  };
}

module.exports = { BATTERY, BOUNDARY, JUDGES, play, playBoundary, summary };
