import { rollbackId } from '../rollback/request';
import type { End, RunState } from '../rollback/state';
import { statusView } from '../rollback/status';
import { exposureOf, sharesOf } from './exposure';
import { findingsOf } from './findings';
import type { ReportModel, ReportPhase, ReportPlan, ReportVerdict } from './model';
import { waitsAndDecisions } from './waits';

/** Tells a rollback from its own record. `now` is when the report is written, in epoch milliseconds. */
export function buildReport(state: RunState, end: End, now: number): ReportModel {
  const endedAt = state.journal.findLast((entry) => entry.kind === 'ended')?.at ?? state.now;
  // Where it is kept is not known while it is written, so it does not say.
  const status = statusView({ ...state, end, reportLocation: undefined });
  const verdicts = verdictsOf(state);
  const plan = planOf(state);
  const { waits, decisions } = waitsAndDecisions(state, endedAt);
  const exposure = exposureOf(state);
  return {
    schema: 'phased-rollback/report/v1',
    id: rollbackId(state.request),
    status,
    end,
    startedAt: state.epoch,
    endedAt,
    writtenAt: now,
    ...(plan ? { plan } : {}),
    checks: state.checks ?? [],
    checksOverridden: state.overridden.length > 0,
    verdicts,
    decisions,
    waits,
    timeline: state.journal,
    shares: sharesOf(state, endedAt),
    traffic: state.traffic,
    ...(state.samples ? { samples: state.samples.map((each) => ({ ...each, phase: each.phase + 1 })) } : {}),
    ...(exposure ? { exposure } : {}),
    findings: findingsOf(state, end, { waits, verdicts, plan }),
  };
}

function verdictsOf(state: RunState): readonly ReportVerdict[] {
  return state.journal.flatMap((entry) => {
    if (!entry.verdict) return [];
    return [{ ...entry.verdict, times: entry.times, ...(entry.phase === undefined ? {} : { phase: entry.phase + 1 }) }];
  });
}

function planOf(state: RunState): ReportPlan | undefined {
  const { plan } = state;
  if (!plan) return undefined;
  return {
    fromRevision: plan.fromRevision,
    toRevision: plan.toRevision,
    pace: plan.pace,
    cause: plan.cause,
    because: plan.because,
    expectedReliefMs: plan.expectedReliefMs,
    outside: plan.outside,
    ...(plan.units ? { units: plan.units } : {}),
    phases: plan.phases.map((phase): ReportPhase => {
      const progress = state.phases[phase.index];
      return {
        number: phase.index + 1,
        name: phase.name,
        weights: phase.weights,
        gate: phase.gate,
        noControl: phase.noControl,
        because: phase.because,
        appliedAt: progress?.appliedAt,
        approvedBy: progress?.approvedBy?.by,
        passedBy: progress?.passedBy,
        verdict: progress?.verdict?.reason,
      };
    }),
  };
}
