// Plays phases and asks every judge what it says of them.
const { drawWorld, generator, openPhase, slowPhase } = require('../../dist/domain/simulation');
const { BATTERY } = require('./battery');
const { looksOf } = require('./looks');
const { OTHERS } = require('./others');
const { OURS } = require('./ours');
const { INTERVAL_S, INTERVALS, LONGEST_S } = require('./terms');

const JUDGES = { ...OURS, ...OTHERS };
const TIMING = { intervalSeconds: INTERVAL_S, history: 30, intervals: INTERVALS };
const LIMITS = { latency: 0.05, errors: 0.01 };
/** Worlds of the hold-out are drawn apart from what happens in them. */
const DRAWN = 0x5bd1e995;

/** The verdict that is right, and whether asking a person in good time is as good. */
const RIGHT = {
  proceed: { verdict: 'proceed', mayAsk: false },
  halt: { verdict: 'halt', mayAsk: false },
  'not-proceed': { verdict: 'halt', mayAsk: true },
  'not-halt': { verdict: 'proceed', mayAsk: true },
};

/** wrong: it went on where it should not, or stopped where it should go on; open: it came to nothing of its own. */
function outcomeOf(right, { says, reason, seconds }) {
  const { verdict, mayAsk } = RIGHT[right];
  if (says !== 'hold') return { wrong: says !== verdict, open: false, seconds, reason };
  const isAnswer = mayAsk && seconds < LONGEST_S;
  return { wrong: false, open: !isAnswer, seconds: isAnswer ? seconds : LONGEST_S, reason };
}

/** What comes once, to be gone through again by each judge; drawn only as far as one of them looks. */
function remembered(samples) {
  const seen = [];
  return {
    *[Symbol.iterator]() {
      for (let index = 0; ; index += 1) {
        if (index === seen.length) {
          const next = samples.next();
          if (next.done) return;
          seen.push(next.value);
        }
        yield seen[index];
      }
    },
  };
}

/** One run of a row of the battery, or of the hold-out where `row` is undefined. */
function played({ row, seed, run }) {
  const order = row === undefined ? drawn(seed, run) : BATTERY[row];
  if (order.world.slowness) return { ...order, history: [], samples: slowSamples(order.world, seed, run) };
  const { history, samples } = openPhase(order.world, generator(seed, run), TIMING);
  const guarded = Object.keys(order.world.guardrails ?? {}).map((name) => [name, LIMITS[name]]);
  const limits = { bad: order.objective, ...Object.fromEntries(guarded) };
  return { ...order, history, samples: remembered(samples), limits };
}

/** Looks at a histogram, as a live provider would show it; no errors beside it. */
function slowSamples({ slowness, ...world }, seed, run) {
  const { samples } = slowPhase({ ...world, ...slowness, seed, run, startedAt: 0, errors: { stable: 0, current: 0 } });
  return remembered(samples);
}

function drawn(seed, run) {
  const { world, truth } = drawWorld(generator(seed ^ DRAWN, run));
  return { world, truth, mode: 'compare', objective: 0.01, right: truth === 'helps' ? 'proceed' : 'halt' };
}

/** The outcomes of those of these judges that can be asked about the phase, by name. */
function ask(phase, judges) {
  const asked = judges.filter((name) => JUDGES[name].isAsked(phase));
  const seen = asked.some((name) => name in OTHERS) ? { ...phase, looks: looksOf([...phase.samples]) } : phase;
  return asked.map((name) => [name, outcomeOf(phase.right, JUDGES[name].judge(seen))]);
}

/** The parts of the hold-out. */
const CLASSES = ['all', 'helps', 'equal', 'worse', 'plain', 'bursty', '< 10 rps', '> 100 rps'];

/** Which of them a phase belongs to. */
function classesOf({ world, truth }) {
  const { requestsPerSecond, waves } = world;
  const isIn = {
    plain: !waves,
    bursty: waves,
    '< 10 rps': requestsPerSecond < 10,
    '> 100 rps': requestsPerSecond > 100,
  };
  return CLASSES.filter((name) => name === 'all' || name === truth || isIn[name]);
}

module.exports = { CLASSES, JUDGES, ask, classesOf, played };
