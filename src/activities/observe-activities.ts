import { Context, sleep } from '@temporalio/activity';
import type { BakeInput, BakeOutput, RunContext, WatchInput, WatchOutput } from '../contracts/activities';
import {
  betsToCarry,
  dataAreBack,
  isSilence,
  judge,
  recall,
  soakCanGoOn,
  soakText,
  standing,
  tellingUnread,
  unreadIn,
  unmeasured,
  watchHarm,
} from '../domain/judge';
import type { JudgeState, Standing, Unread, Verdict } from '../domain/judge';
import { capacityOf, weightOf } from '../domain/plan/census';
import type { Census } from '../domain/plan/census';
import type { PlannedWeight } from '../domain/plan/plan';
import { shareText } from '../domain/plan/share';
import type { JudgedMetrics } from '../domain/policy/policy';
import type { BakeOrder, WatchOrder } from '../domain/rollback/move';
import { cancelledByRun, whileHeartbeating } from './calls';
import type { ActivityDependencies } from './dependencies';
import { metricsOf, openCalibrated } from './open-judge';
import { drifted, namesIn, readReachable, sampleLoop } from './observe-loop';
import { steadyClock } from './steady-clock';

const SHORTEST_CAPACITY_LOOK_MS = 100;
const LONGEST_CAPACITY_LOOK_MS = 1_000;

/** The long looks: bakes, watches and waits for capacity. */
export function createObserveActivities(deps: ActivityDependencies): {
  bake(input: BakeInput): Promise<BakeOutput>;
  watch(input: WatchInput): Promise<WatchOutput>;
  awaitCapacity(input: CapacityInput): Promise<{ ready: boolean; census: Census }>;
} {
  return {
    bake: (input) => bake(deps, input),
    watch: (input) => watch(deps, input),
    awaitCapacity: (input) => awaitCapacity(deps, input),
  };
}

type CapacityInput = RunContext & { readonly weights: readonly PlannedWeight[]; readonly timeoutMs: number };

async function bake(deps: ActivityDependencies, input: BakeInput): Promise<BakeOutput> {
  const { order, policy, toRevision } = input;
  const { intervalMs } = policy.timing;
  const metrics = metricsOf(input);
  const { phaseStartedAt: startedAt, probesPass } = input;
  const output = await sampleLoop(deps, {
    context: input,
    targets: order.targets,
    metrics,
    everyMs: intervalMs,
    maxSamples: input.maxSamples,
    logs: order.purpose === 'verdict',
    open: async () =>
      bakedSoFar(input) ?? openCalibrated(deps, { context: input, order, metrics, startedAt, probesPass }),
    unread: unreadIn(order.judge),
    decide: (state, readings) => {
      // Without a metric nothing can be proven, so every phase is a person's to pass.
      const verdict = state ? judge(state) : unmeasured(deps.now());
      const drift = drifted(order.targets, readings, toRevision);
      if (drift) return driftVerdict(verdict, drift, readings, toRevision);
      return verdict.decision !== 'hold' || verdict.escalate ? verdict : undefined;
    },
  });
  const { observation, judge: seen, verdict, unread } = output;
  const told = verdict ? { verdict } : {};
  if (!seen || order.purpose !== 'verdict') return { observation, ...told };
  // No verdict is ever worked out inside a workflow: what people are shown of an open bake goes with it.
  if (!verdict) return { observation: { ...observation, standing: standingOf(seen, unread, metrics) } };
  return { verdict, observation: { ...observation, bets: betsToCarry(seen) } };
}

/** What an open bake has come to, with why data of its are missing. */
function standingOf(judge: JudgeState, unread: readonly Unread[], { symptom }: JudgedMetrics): Standing {
  const stands = standing(judge);
  return symptom ? { ...stands, verdict: tellingUnread(stands.verdict, unread, symptom.name) } : stands;
}

/** The same evidence, with as much time as people have given it by now. */
function bakedSoFar(input: BakeInput): JudgeState | undefined {
  const { order, policy } = input;
  if (!order.judge) return undefined;
  const state = recall(order.judge, namesIn(input));
  return { ...state, settings: { ...state.settings, longestBakeMs: policy.timing.longestBakeMs * order.patience } };
}

/**
 * While nothing moves only harm is asked for; without a metric the targets alone are read. Where a bake or a
 * soak lacks data it is that one which goes on, until they are back.
 */
async function watch(deps: ActivityDependencies, input: WatchInput): Promise<WatchOutput> {
  const { order, toRevision } = input;
  const metrics = metricsOf(input);
  const watching: BakeOrder = {
    phase: -1,
    purpose: 'renew',
    targets: order.targets,
    mode: 'no-harm',
    patience: 1,
    trafficSeen: order.trafficSeen,
    ...(order.carriedTau === undefined ? {} : { carriedTau: order.carriedTau }),
    ...(order.carriedBounds ? { carriedBounds: order.carriedBounds } : {}),
  };
  const held = order.judge && recall(order.judge, namesIn(input));
  const open = async (): Promise<JudgeState | undefined> => {
    if (held) return held;
    const startedAt = steadyClock(deps)();
    return openCalibrated(deps, { context: input, order: watching, metrics, startedAt, probesPass: false });
  };
  let back = false;
  const output = await sampleLoop(deps, {
    context: input,
    targets: order.targets,
    metrics,
    everyMs: input.everyMs,
    maxSamples: input.maxSamples,
    logs: order.bake !== undefined,
    open,
    unread: unreadIn(order.judge),
    decide: (state, readings) => {
      const harm = state && !order.harmKnown ? watchHarm(state) : undefined;
      if (harm) return harm;
      const seen = state ? judge(state) : unmeasured(deps.now());
      if (state && input.soaking && isSilence(seen.reason)) return seen;
      const drift = drifted(order.targets, readings, toRevision);
      if (drift && !order.harmKnown && !order.driftKnown) return driftVerdict(seen, drift, readings, toRevision);
      back = state !== undefined && held !== undefined && isBack(order, held, state);
      return back ? seen : undefined;
    },
  });
  const { verdict } = output;
  const soakNote = input.soaking ? soakText(output.judge, metrics.symptom?.name) : undefined;
  const observation = { ...output.observation, ...(soakNote === undefined ? {} : { soakNote }) };
  if (back) return { observation, dataAreBack: true };
  return verdict ? { observation, harm: verdict } : { observation };
}

/** Whether what the order's bake or soak is held for is there again; a watch for harm alone is held for nothing. */
function isBack(order: WatchOrder, held: JudgeState, state: JudgeState): boolean {
  if (order.soak) return soakCanGoOn(held, state);
  return order.bake !== undefined && !order.overdue && dataAreBack(held, state);
}

function driftVerdict(seen: Verdict, drift: PlannedWeight, readings: Census, revision: string): Verdict {
  const reading = readings[drift.target];
  const serves = shareText(weightOf(reading, revision), reading?.units);
  const text = `${drift.target} serves ${serves} on ${revision}, this rollback had set ${shareText(drift.weight, reading?.units)}: someone else changed it`;
  return { ...seen, decision: 'hold', reason: 'DRIFT', escalate: true, text };
}

/** Looks until every target's ready capacity suffices. Running out of patience is an answer, not an error. */
async function awaitCapacity(
  deps: ActivityDependencies,
  input: CapacityInput,
): Promise<{ ready: boolean; census: Census }> {
  const resumed = Context.current().info.heartbeatDetails as { since: number } | undefined;
  const now = steadyClock(deps, resumed?.since);
  const since = resumed?.since ?? now();
  const targets = input.weights.map(({ target }) => target);
  const look = async (): Promise<{ ready: boolean; census: Census }> => {
    let census: Census = {};
    // What is ready at once is seen at once; what takes minutes is not asked ten times a second.
    for (let pauseMs = SHORTEST_CAPACITY_LOOK_MS; ; pauseMs *= 2) {
      try {
        census = { ...census, ...(await readReachable(deps, input, targets)) };
        const short = input.weights.some(({ target, weight }) => capacityOf(census[target], input.toRevision) < weight);
        if (!short || now() - since >= input.timeoutMs) return { ready: !short, census };
        await sleep(Math.min(pauseMs, LONGEST_CAPACITY_LOOK_MS, input.policy.timing.intervalMs));
      } catch (error) {
        if (cancelledByRun()) return { ready: false, census };
        throw error;
      }
    }
  };
  return whileHeartbeating(look, () => ({ since }));
}
