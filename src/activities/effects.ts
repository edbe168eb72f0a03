import { Context } from '@temporalio/activity';
import type { EffectInput } from '../contracts/activities';
import { weightOf } from '../domain/plan/census';
import type { TargetReading } from '../domain/plan/census';
import { objection } from '../domain/plan/objection';
import { shareText } from '../domain/plan/share';
import type { SettledReport, UnderWayReport } from '../domain/rollback/event';
import { rollbackId } from '../domain/rollback/request';
import { RetryableError, TerminalError } from '../ports';
import type { DeploymentTarget, EffectResult, TargetEffect } from '../ports';
import { callLimit } from './calls';
import type { ActivityDependencies } from './dependencies';
import { knownTarget } from './known-target';

const WEIGHT_TOLERANCE = 0.5;
/** Pauses between looks at a target that has not converged yet. */
const READ_BACK_AFTER_MS = [25, 75, 150, 250, 300] as const;

/** Read, ensure, read back: the activities that change a target. Each may be repeated at will. */
export function createEffectActivities(deps: ActivityDependencies): {
  prepare(input: EffectInput): Promise<SettledReport>;
  shift(input: EffectInput): Promise<SetReport>;
  unwind(input: EffectInput): Promise<SetReport>;
} {
  return {
    prepare: (input) => prepare(deps, input),
    shift: (input) => setWeight(deps, input, atLeast),
    unwind: (input) => setWeight(deps, input, exactly),
  };
}

type SetReport = SettledReport | UnderWayReport;

type Goal = (have: number, desired: number) => boolean;

const atLeast: Goal = (have, desired) => have >= desired - WEIGHT_TOLERANCE;
const exactly: Goal = (have, desired) => Math.abs(have - desired) <= WEIGHT_TOLERANCE;

async function prepare(deps: ActivityDependencies, input: EffectInput): Promise<SettledReport> {
  const target = targetOf(deps, input);
  if (Context.current().cancellationSignal.aborted) return { order: input.order, outcome: 'withdrawn' };
  const result = await target.prepare({ ...effectOf(input), share: input.order.desired }, callLimit());
  const reading = result.observed ?? (await target.observe(callLimit()));
  const { outcome, observed: _observed, ...said } = result;
  if (outcome === 'unknown')
    throw new RetryableError('TARGET_UNREACHABLE', `${input.order.target}: ${said.detail ?? 'no answer to prepare'}`);
  return { order: input.order, outcome, ...said, reading };
}

/** A weight that is there already is never set again; one that is neither expected nor wanted is someone else's. */
async function setWeight(deps: ActivityDependencies, input: EffectInput, goal: Goal): Promise<SetReport> {
  const { order, toRevision } = input;
  const target = targetOf(deps, input);
  const before = await target.observe(callLimit());
  const have = weightOf(before, toRevision);
  // Of parts that differ the mean says nothing: the target itself holds each of them against what is expected.
  if (goal(have, order.desired) && !before.uneven) return { order, outcome: 'alreadyInState', reading: before };
  const found = [order.expected, order.orExpected ?? order.expected].find((share) => exactly(have, share));
  if (found === undefined && !before.uneven) {
    const detail = `serves ${shareText(have, before.units)} on ${toRevision}, expected ${shareText(order.expected, before.units)}: someone else changed it`;
    return { order, outcome: 'conflict', ...objection('CHANGED_BY_OTHERS', detail), reading: before };
  }
  if (Context.current().cancellationSignal.aborted) return { order, outcome: 'withdrawn', reading: before };
  const result = await target.shift(
    { ...effectOf(input), desired: order.desired, expected: found ?? order.expected },
    callLimit(),
  );
  return settle(input, result, await readUntil(target, toRevision, order.desired, goal), goal);
}

/** What the target said, held against what it serves. */
function settle(input: EffectInput, result: EffectResult, after: TargetReading, goal: Goal): SetReport {
  const { order, toRevision } = input;
  const have = weightOf(after, toRevision);
  if (goal(have, order.desired) && !after.uneven) return { order, outcome: 'done', reading: after };
  const serves = `serves ${shareText(have, after.units)}${after.uneven ? ' in the mean' : ''} on ${toRevision}, wanted ${shareText(order.desired, after.units)}`;
  switch (result.outcome) {
    case 'conflict':
    case 'refused': {
      const { observed: _observed, ...why } = result;
      return { order, ...why, reading: after };
    }
    case 'done':
    case 'alreadyInState':
      return {
        order,
        outcome: 'conflict',
        ...objection('NOT_TAKEN_UP', `said done, but ${serves}`),
        reading: after,
      };
    case 'unknown':
      // Whoever asks has the patience that the policy says; an attempt has seconds.
      if (after.uneven)
        return { order, outcome: 'unknown', goesOn: true, detail: result.detail ?? serves, reading: after };
      throw new RetryableError('TARGET_UNREACHABLE', `${order.target} did not answer and ${serves}`);
  }
}

/** A target may take a moment to converge; it gets a few looks within the attempt's time. */
async function readUntil(
  target: DeploymentTarget,
  revision: string,
  desired: number,
  goal: Goal,
): Promise<TargetReading> {
  let reading = await target.observe(callLimit());
  for (const pauseMs of READ_BACK_AFTER_MS) {
    if (goal(weightOf(reading, revision), desired) && !reading.uneven) break;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    reading = await target.observe(callLimit());
  }
  return reading;
}

function effectOf(input: EffectInput): TargetEffect {
  return {
    rollback: rollbackId(input.ref),
    target: input.order.target,
    revision: { from: input.fromRevision, to: input.toRevision },
    fence: { epoch: input.epoch, number: input.order.number },
  };
}

function targetOf(deps: ActivityDependencies, input: EffectInput): DeploymentTarget {
  const policy = input.policy.targets.find((candidate) => candidate.name === input.order.target);
  if (!policy) throw new TerminalError('TARGET_MISCONFIGURED', `target ${input.order.target} is not in the policy`);
  return knownTarget(deps, input, policy);
}
