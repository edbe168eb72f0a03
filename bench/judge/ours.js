// The product's judge on a simulated phase: the same code that judges a live one.
const { judgeRecorded, observe, observeRecorded, openJudge, openRecorded } = require('../../dist/domain/judge');
const { INTERVAL_S, LONGEST_S, OPEN } = require('./terms');

const BASELINE = 0.001;

/** A judge that has seen nothing of this phase. `settleMs`: warm-up that counts against nobody. */
function opened({ mode, limits, history, world }, { settleMs, fast }) {
  const timing = { intervalMs: INTERVAL_S * 1000, settleMs, longestBakeMs: LONGEST_S * 1000 };
  if (world.slowness) return openedForLatency(timing);
  const { bad: objective, ...guardrails } = limits;
  const names = Object.keys(guardrails);
  const { settings } = openRecorded({ ...timing, objective, baseline: BASELINE, guardrails: names }, history);
  const isBursty = settings.phi > 1 || settings.minIntervals > 2;
  const changed = {
    mode,
    ...(fast && !isBursty ? { minIntervals: 1 } : {}),
    ...(mode === 'absolute' ? { guardrails: names.map((name) => ({ name, objective: guardrails[name] })) } : {}),
  };
  return openJudge({ ...settings, ...changed }, history);
}

/** A histogram is the symptom and watched for harm as well; nothing says where to look or what is normal. */
function openedForLatency(timing) {
  const { settings } = openRecorded({ ...timing, guardrails: [], targets: { eu: 100 } }, []);
  return openJudge({ ...settings, buckets: {}, guardrails: [{ name: 'latency', measure: { kind: 'buckets' } }] });
}

function observed(state, sample) {
  if (sample.guardrails === undefined) return observeRecorded(state, sample);
  return observe(state, { ...sample, strata: sample.guardrails.latency });
}

/** What it says of the phase, and after how many seconds. */
function ours(variant) {
  return (played) => {
    let state = opened(played, variant);
    for (const sample of played.samples) {
      state = observed(state, sample);
      const judged = judgeRecorded(state);
      if (!judged.final) continue;
      const { decision, reason } = judged.verdict();
      return { says: decision, reason, seconds: Math.round(sample.at / 1000) };
    }
    return OPEN;
  };
}

const any = () => true;

/** The column that is gated, unless a row names another: others have no warm-up either. */
const GATED = 'ours';

/** The product's columns. */
const OURS = {
  [GATED]: { judge: ours({ settleMs: 0, fast: false }), isAsked: any },
  'ours, fast': { judge: ours({ settleMs: 0, fast: true }), isAsked: any },
  'ours, settle 20 s': { judge: ours({ settleMs: 20_000, fast: false }), isAsked: any },
};

module.exports = { GATED, OURS, opened };
