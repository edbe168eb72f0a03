import { Context, sleep } from '@temporalio/activity';
import type { ObserveHeartbeat, RunContext, TargetsContext } from '../contracts/activities';
import { keep, lookOf, observe, recall, shortened, tellingUnread, unreadLately } from '../domain/judge';
import type { JudgeState, Unread, Verdict } from '../domain/judge';
import type { MetricReading, Sample } from '../domain/judge/sample';
import { knownAsOf, weightOf } from '../domain/plan/census';
import type { Census } from '../domain/plan/census';
import type { PlannedWeight } from '../domain/plan/plan';
import { countedAt } from '../domain/policy/policy';
import type { JudgedMetrics, MetricPolicy } from '../domain/policy/policy';
import type { Observation } from '../domain/rollback/event';
import type { TrafficPoint } from '../domain/rollback/state';
import { cancelledByRun, readLimit, whileHeartbeating } from './calls';
import { unreadableBy } from '../ports';
import type { MetricQuery } from '../ports';
import type { ActivityDependencies } from './dependencies';
import { explained } from './error-classes';
import { knownTarget } from './known-target';
import { steadyClock } from './steady-clock';

/** What a loop of samples needs. */
export interface LoopInput {
  readonly context: RunContext;
  readonly targets: readonly PlannedWeight[];
  readonly metrics: JudgedMetrics;
  readonly everyMs: number;
  readonly maxSamples: number;
  /** Whether what each look adds is kept, so that the phase can be judged again. */
  readonly logs: boolean;
  /** The judge to begin with, where no attempt before this one has left one. */
  readonly open: () => Promise<JudgeState | undefined>;
  /** Why metrics could not be read in the segments before this one. */
  readonly unread?: readonly Unread[];
  /** Looks at what is known after each sample; a verdict ends the loop. */
  readonly decide: (judge: JudgeState | undefined, readings: Census) => Verdict | undefined;
}

/** What the loop brought: what was seen, the judge of it, and the verdict that ended it, if one did. */
export interface LoopOutput {
  readonly observation: Observation;
  readonly judge?: JudgeState;
  readonly verdict?: Verdict;
  /** Why metrics could not be read lately. */
  readonly unread: readonly Unread[];
}

/** What was seen so far; a judge is kept only where it leaves this worker. */
interface Seen {
  readonly judge: JudgeState | undefined;
  readonly observation: Omit<Observation, 'judge'>;
  readonly samples: number;
  readonly unread: readonly Unread[];
}

/** Samples metrics and weights until a verdict or the segment's end. Resumes from heartbeats on another worker. */
export async function sampleLoop(deps: ActivityDependencies, input: LoopInput): Promise<LoopOutput> {
  let seen = resumed(input);
  let dueAt = performance.now() + input.everyMs;
  const looks = async (beat: () => void): Promise<LoopOutput> => {
    seen = { ...seen, judge: seen.judge ?? (await input.open()) };
    const now = steadyClock(deps, seen.judge?.lastAt);
    while (seen.samples < input.maxSamples) {
      await sleep(Math.max(0, dueAt - performance.now()));
      // From one beginning to the next, however long a look takes; what was missed is not made up for.
      dueAt = Math.max(dueAt, performance.now()) + input.everyMs;
      seen = await sampled({ ...deps, now }, input, seen);
      beat();
      const verdict = input.decide(seen.judge, seen.observation.readings);
      if (verdict) return { ...outputOf(seen), verdict: await explainedBy(deps, input, seen, verdict) };
    }
    return outputOf(seen);
  };
  const look = (beat: () => void): Promise<LoopOutput> =>
    looks(beat).catch((error: unknown) => {
      // A person's word ends the loop with what it has; a worker's shutdown hands it to the next worker.
      if (cancelledByRun()) return outputOf(seen);
      throw error;
    });
  return whileHeartbeating(look, () => heartbeatOf(seen));
}

/** What an attempt before this one had come to, perhaps that of an earlier build. */
function resumed({ context, unread = [] }: LoopInput): Seen {
  const left = Context.current().info.heartbeatDetails as ObserveHeartbeat | undefined;
  const { judge: _, ...observation } = left?.observation ?? { readings: {}, traffic: [], observedMs: 0 };
  const judge = left?.judge && recall(left.judge, namesIn(context));
  return { judge, observation, samples: left?.samples ?? 0, unread: left?.unread ?? unread };
}

/** The revisions by the names that people know. */
export function namesIn({ fromRevision, toRevision }: RunContext): JudgeState['settings']['names'] {
  return { current: fromRevision, stable: toRevision };
}

function heartbeatOf({ judge, observation, samples, unread }: Seen): ObserveHeartbeat {
  return {
    ...(judge ? { judge: keep(judge) } : {}),
    observation,
    samples,
    ...(unread.length > 0 ? { unread } : {}),
  };
}

function outputOf({ judge, observation, unread }: Seen): LoopOutput {
  return judge
    ? { observation: { ...observation, judge: keep(judge, unread) }, judge, unread }
    : { observation, unread };
}

async function explainedBy(
  deps: ActivityDependencies,
  { context, targets, metrics: { symptom } }: LoopInput,
  { judge, observation: { readings }, unread }: Seen,
  verdict: Verdict,
): Promise<Verdict> {
  const told = await explained(deps, { context, symptom, targets, readings, judge, verdict });
  return symptom ? tellingUnread(told, unread, symptom.name) : told;
}

async function sampled(deps: ActivityDependencies, input: LoopInput, before: Seen): Promise<Seen> {
  const targets = input.targets.map((entry) => entry.target);
  // What is counted elsewhere is known there by names that only that target tells.
  const read = new Set([...targets, ...countedAt(input.context.policy, targets)]);
  const readings = await readReachable(deps, input.context, [...read]);
  const { sample, unread } = await collect(deps, input, { ...before.observation.readings, ...readings });
  const state = before.judge && observe(before.judge, sample);
  const seen = added(before.observation, before.judge, state, readings, input.everyMs, sample);
  const observation = input.logs ? logged(seen, before.judge, state, sample) : seen;
  const since = deps.now() - input.context.policy.timing.noDataMs;
  return { judge: state, observation, samples: before.samples + 1, unread: unreadLately(before.unread, unread, since) };
}

/** A look at all metrics, and why some could not be read. */
interface Collected {
  readonly sample: Sample;
  readonly unread: readonly Unread[];
}

/** All metrics at one instant. A source that cannot be read is a gap in the data, which the judge counts; never a zero. */
async function collect(deps: ActivityDependencies, input: LoopInput, census: Census): Promise<Collected> {
  const at = deps.now();
  const { symptom, guardrails } = input.metrics;
  if (!symptom) return { sample: { at, strata: [] }, unread: [] };
  const knownAs = knownAsOf(census);
  const query: MetricQuery = {
    targets: countedAt(
      input.context.policy,
      input.targets.map((entry) => entry.target),
    ),
    current: input.context.fromRevision,
    stable: input.context.toRevision,
    ...(knownAs ? { knownAs } : {}),
  };
  const metrics = [symptom, ...guardrails];
  const read = await Promise.all(metrics.map((metric) => reading(deps, metric, query, at)));
  const [main, ...others] = read;
  const sample = {
    at: main?.at ?? at,
    strata: main?.strata ?? [],
    guardrails: {
      // Where the symptom is watched for harm as well it is read once.
      ...(symptom.measures === 'buckets' ? { [symptom.name]: main?.strata ?? [] } : {}),
      ...Object.fromEntries(guardrails.map(({ name }, index) => [name, others[index]?.strata ?? []])),
    },
  };
  const unread = metrics.flatMap(({ name }, index) =>
    (read[index]?.unread ?? []).map((each) => ({ ...each, metric: name, at })),
  );
  return { sample, unread };
}

async function reading(
  deps: ActivityDependencies,
  metric: MetricPolicy,
  query: MetricQuery,
  at: number,
): Promise<MetricReading> {
  const provider = deps.adapters.metrics(metric);
  const asOf = at - provider.delayMs();
  try {
    return await provider.collect(query, asOf, readLimit());
  } catch (error) {
    if (Context.current().cancellationSignal.aborted) throw error;
    Context.current().log.warn('metrics could not be read', { metric: metric.name, error: String(error) });
    // As of then as well: a look that seemed newer than it is would hide those after it for as long as the delay.
    return { at: asOf, strata: [], unread: [unreadableBy(error)] };
  }
}

/** What can be read of the targets; one that cannot be read now keeps its last reading, and the next look tries again. */
export async function readReachable(
  deps: ActivityDependencies,
  context: TargetsContext,
  targets: readonly string[],
): Promise<Census> {
  const readings = await Promise.all(
    targets.map(async (target) => {
      const found = context.policy.targets.find((candidate) => candidate.name === target);
      if (!found) return [];
      try {
        return [[target, await knownTarget(deps, context, found).observe(readLimit())] as const];
      } catch (error) {
        if (Context.current().cancellationSignal.aborted) throw error;
        return [];
      }
    }),
  );
  return Object.fromEntries(readings.flat());
}

function added(
  before: Seen['observation'],
  judgeBefore: JudgeState | undefined,
  judgeAfter: JudgeState | undefined,
  readings: Census,
  everyMs: number,
  sample: Sample,
): Seen['observation'] {
  const point = judgeAfter && trafficBetween(judgeBefore, judgeAfter, sample.at);
  return {
    ...(before.samples ? { samples: before.samples } : {}),
    readings: { ...before.readings, ...readings },
    traffic: point ? [...before.traffic, point] : before.traffic,
    observedMs: before.observedMs + (judgeAfter ? judgeAfter.observedMs - (judgeBefore?.observedMs ?? 0) : everyMs),
  };
}

/** A segment's log travels with its heartbeats and stays in the history, so it is kept short. */
const SEGMENT_ROWS = 600;

function logged(
  seen: Seen['observation'],
  before: JudgeState | undefined,
  after: JudgeState | undefined,
  sample: Sample,
): Seen['observation'] {
  const look = before && after && lookOf(before, after, sample);
  return look ? { ...seen, samples: shortened([...(seen.samples ?? []), look], SEGMENT_ROWS) } : seen;
}

/** The requests of one interval: the difference of what two states have counted. */
function trafficBetween(before: JudgeState | undefined, after: JudgeState, at: number): TrafficPoint | undefined {
  const difference = (cohort: 'current' | 'stable') => ({
    requests: after.totals[cohort].requests - (before?.totals[cohort].requests ?? 0),
    bad: after.totals[cohort].bad - (before?.totals[cohort].bad ?? 0),
  });
  const point = { at, current: difference('current'), stable: difference('stable') };
  return point.current.requests + point.stable.requests > 0 ? point : undefined;
}

/** The first target that serves less than the phase asks: somebody else changed it. */
export function drifted(
  targets: readonly PlannedWeight[],
  readings: Census,
  revision: string,
): PlannedWeight | undefined {
  return targets.find(
    ({ target, weight }) => readings[target] !== undefined && weightOf(readings[target], revision) < weight - 0.5,
  );
}
