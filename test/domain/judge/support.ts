import { judge, keep, observe, openJudge, recall } from '../../../src/domain/judge';
import type { JudgeSettings, JudgeState, KeptJudge, Verdict } from '../../../src/domain/judge';
import type { Sample } from '../../../src/domain/judge/sample';
import { binomial } from '../../../src/domain/simulation/random';

export const START = 1_795_400_000_000;

export function settings(change: Partial<JudgeSettings> = {}): JudgeSettings {
  return {
    intervalMs: 10_000,
    settleMs: 0,
    longestBakeMs: 600_000,
    noDataMs: 180_000,
    quietMs: 60_000,
    mode: 'compare',
    tau: 0.01,
    tauSource: 'objective',
    minIntervals: 3,
    phi: 1,
    phaseIndex: 0,
    weights: { eu: 25 },
    onThinEvidence: 'ask',
    onCoupled: 'ask',
    startedAt: START,
    names: { current: 'v42', stable: 'v41' },
    historyKnown: false,
    trafficSeen: false,
    probesPass: true,
    ...change,
  };
}

/** What a heartbeat, a history or a continue-as-new hands on, and what another worker makes of it. */
export function handedOn(state: JudgeState): JudgeState {
  return recall(JSON.parse(JSON.stringify(keep(state))) as KeptJudge, state.settings.names);
}

/** A seeded source of numbers between 0 and 1, both excluded, the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4_294_967_296;
  };
}

/** A world in which both cohorts fail at steady rates, or at ones that come and go for both at once; counters are cumulative as a source shows them. */
export function world(options: {
  readonly perInterval: number;
  readonly share: number;
  readonly stableFails: number;
  readonly currentFails: number;
  readonly intervals: number;
  readonly seed?: number;
  readonly intervalMs?: number;
  readonly wave?: boolean;
}): readonly Sample[] {
  const random = seeded(options.seed ?? 7);
  const totals = { s: 0, sBad: 0, c: 5_000, cBad: 250 };
  return Array.from({ length: options.intervals + 1 }, (_, index) => {
    if (index > 0) {
      const s = Math.round(options.perInterval * options.share);
      const c = options.perInterval - s;
      totals.s += s;
      totals.c += c;
      const tide = options.wave ? (index % 4 < 2 ? 0.2 : 1.8) : 1;
      totals.sBad += binomial(random, s, options.stableFails * tide);
      totals.cBad += binomial(random, c, options.currentFails * tide);
    }
    const at = START + (index + 0.01) * (options.intervalMs ?? 10_000);
    return {
      at,
      strata: [
        {
          target: 'eu',
          stable: [{ series: 'v41', requests: totals.s, bad: totals.sBad, at }],
          current: [{ series: 'v42', requests: totals.c, bad: totals.cBad, at }],
        },
      ],
    };
  });
}

/** The first verdict that is not a plain hold, or the last one there is. */
export function decide(samples: readonly Sample[], change: Partial<JudgeSettings> = {}): Verdict {
  let state = openJudge(settings(change));
  for (const sample of samples) {
    state = observe(state, sample);
    const verdict = judge(state);
    if (verdict.decision !== 'hold' || verdict.escalate) return verdict;
  }
  return judge(state);
}
