import { countsIn } from './count-guardrail';
import { rowOf } from './count-log';
import { freshnessLater } from './counters';
import type { StratumIncrement } from './counters';
import { symptomIn } from './observe';
import type { Sample } from './sample';
import { bounded } from './sample-log';
import type { LoggedLook, LoggedMetric } from './sample-log';
import type { JudgeState } from './state';

/** What a look added, from the judge before it and the judge after it; undefined where it was not a new one. */
export function lookOf(before: JudgeState, after: JudgeState, sample: Sample): LoggedLook | undefined {
  if (after.lastAt <= before.lastAt) return undefined;
  const guardrails = Object.entries(before.guardrails).flatMap(([name, guardrail]) => {
    const setting = after.guardrails[name]?.setting ?? guardrail.setting;
    const strata = sample.guardrails?.[name] ?? [];
    const fresh = freshnessLater(after.settings, sample.at, setting.laterMs);
    if (guardrail.kind !== 'counts' || !fresh) return [];
    const seen = countsIn({ ...guardrail, setting }, strata, fresh);
    return seen ? [[name, rowsOf(seen.increments)] as const] : [];
  });
  const seen = symptomIn(after.settings, before.memory, sample);
  return bounded({
    at: sample.at,
    symptom: rowsOf(seen?.increments ?? []),
    ...(guardrails.length > 0 ? { guardrails: Object.fromEntries(guardrails) } : {}),
  });
}

function rowsOf(increments: readonly StratumIncrement[]): LoggedMetric {
  return Object.fromEntries(increments.map((increment) => [increment.target, rowOf(increment)]));
}
