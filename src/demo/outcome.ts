import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RollbackRef } from '../domain/rollback/request';
import type { StatusView } from '../domain/rollback/status-view';
import type { Scenario } from './scenarios';
import type { Stage } from './stage';

/** One thing that should have happened, and whether it did. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
}

/** Holds the real fleet, its users and the archive against what the scenario promised. */
export async function judgeOutcome(
  stage: Stage,
  scenario: Scenario,
  ref: RollbackRef,
  view: StatusView,
): Promise<readonly Finding[]> {
  const { expected } = scenario;
  const [truth, stats] = [await stage.fleet.observe(), await stage.fleet.stats()];
  const old = view.toRevision ?? '';
  const weights = truth.map((target) => ({
    target: target.target,
    weight: target.revisions.find((entry) => entry.revision === old)?.weight ?? 0,
  }));
  const weightsText = weights.map(({ target, weight }) => `${target} ${weight} %`).join(', ');
  const findings: Finding[] = [
    {
      what: `ended ${view.end?.kind} (${view.end?.reason})`,
      ok: view.end?.kind === expected.end && view.end.reason === expected.reason,
    },
    { what: `every effect was applied once (${stage.fleet.effects().length} effects)`, ok: appliedOnce(stage) },
    { what: `the report is archived`, ok: reportIsThere(stage, view) },
  ];
  if (expected.weight !== undefined) {
    findings.push({
      what: `the targets really serve ${weightsText} on ${old}`,
      ok: weights.every(({ weight }) => weight === expected.weight),
    });
  }
  if (expected.reason !== 'UNWOUND') {
    findings.push({ what: `no user was moved back (${stats.movedBack})`, ok: stats.movedBack === 0 });
  }
  return findings;
}

function reportIsThere(stage: Stage, view: StatusView): boolean {
  return view.reportLocation !== undefined && existsSync(join(view.reportLocation, 'report.html'));
}

/** No effect number of a rollback changes its target twice, whatever was killed. */
function appliedOnce(stage: Stage): boolean {
  const keys = stage.fleet
    .effects()
    .map((effect) => `${effect.target}/${effect.operation}/${effect.epoch}/${effect.number}`);
  return new Set(keys).size === keys.length;
}

/** What the users met, and what they would have met without the rollback. */
export async function usersText(stage: Stage, ref: RollbackRef): Promise<readonly string[]> {
  const stats = await stage.fleet.stats();
  const state = await stage.client.state(ref);
  const current = sum(state.traffic.map((point) => point.current));
  const hurt = `Users: ${stats.sent} requests, ${stats.failed} failed, ${stats.slow} slow; ${stats.usersHurt} users noticed.`;
  if (current.requests === 0) return [hurt];
  const all = current.requests + sum(state.traffic.map((point) => point.stable)).requests;
  const bad = current.bad + sum(state.traffic.map((point) => point.stable)).bad;
  const without = Math.round((current.bad / current.requests) * all);
  return [
    hurt,
    `While it was watched: ${bad} bad requests; without the rollback about ${without} (at the suspect's own rate).`,
  ];
}

function sum(counts: readonly { readonly requests: number; readonly bad: number }[]): {
  requests: number;
  bad: number;
} {
  return counts.reduce((total, entry) => ({ requests: total.requests + entry.requests, bad: total.bad + entry.bad }), {
    requests: 0,
    bad: 0,
  });
}
