// A simulated phase as a live source would show it: several processes of each revision, with long names and real times.
const { betsToCarry, judgeRecorded, keep, observe, openJudge } = require('../../dist/domain/judge');
const { recordedLook } = require('../../dist/domain/judge/recorded');
const { opened } = require('./ours');

/** Of each revision; twelve series a metric are what a kilobyte is promised for. */
const PROCESSES = 6;
const BEGAN = 1_790_000_000_000;
const DAY_MS = 86_400_000;
const TARGET = 'eu-west-1';
const SETTLED = { settleMs: 20_000, fast: false };

/** Bytes kept for each metric after each look of a phase, whose bets follow an earlier one of the kind. */
function liveSizes(phase) {
  const { settings } = opened(phase, SETTLED);
  const live = {
    ...settings,
    startedAt: BEGAN,
    weights: { [TARGET]: 25 },
    split: { [TARGET]: 25 },
    names: { current: 'v42', stable: 'v41' },
  };
  const first = bakedIn(openJudge(live, phase.history), phase).at(-1);
  const states = bakedIn(openJudge({ ...live, carried: betsToCarry(first) }, phase.history), phase);
  const metrics = 1 + (settings.guardrails?.length ?? 0);
  return states.map((state) => Math.ceil(JSON.stringify(keep(state)).length / metrics));
}

/** The judge after each look, up to the end of the bake. */
function bakedIn(open, { samples }) {
  const states = [];
  let state = open;
  for (const sample of samples) {
    state = observe(state, liveSample(sample, Object.keys(state.guardrails)));
    states.push(state);
    if (judgeRecorded(state).final) break;
  }
  return states;
}

function liveSample(sample, names) {
  const { strata, guardrails } =
    sample.guardrails === undefined
      ? recordedLook(names, [{ target: TARGET, ...sample }], sample.at)
      : { strata: sample.guardrails.latency, guardrails: sample.guardrails };
  const spread = (each) => each.map(spreadOver);
  return {
    at: BEGAN + sample.at,
    strata: spread(strata),
    guardrails: Object.fromEntries(Object.entries(guardrails).map(([name, each]) => [name, spread(each)])),
  };
}

function spreadOver({ stable, current }) {
  return { target: TARGET, stable: processesOf('v41', stable), current: processesOf('v42', current) };
}

/** The counts of a cohort as those of several processes, each scraped a little before the look; their sum is the same. */
function processesOf(revision, [reading]) {
  if (!reading) return [];
  return Array.from({ length: PROCESSES }, (_, process) => {
    const part = (count) => Math.floor((count + process) / PROCESSES);
    const { buckets } = reading;
    return {
      series: `${revision}{instance="10.42.${process}.17:9102",pod="checkout-${revision}-7c9d8f6b54-x${process}k2p"}`,
      requests: part(reading.requests),
      bad: part(reading.bad),
      ...(buckets ? { buckets: buckets.map(({ bound, count }) => ({ bound, count: part(count) })) } : {}),
      at: BEGAN + reading.at - 137 * (process + 1),
      startedAt: BEGAN - DAY_MS - 1_733 * process,
    };
  });
}

module.exports = { liveSizes };
