import { buildReport, renderReportHtml, renderReportMarkdown } from '../domain/report';
import { record, rollbackId } from '../domain/rollback';
import type { End, RunState } from '../domain/rollback';
import { TerminalError } from '../ports';
import { callLimit } from './calls';
import type { ActivityDependencies } from './dependencies';

const STORE_LIMIT_MS = 20_000;

/** Computes the report of a run that is about to close and archives it with the run's whole record. */
export async function storeReport(deps: ActivityDependencies, state: RunState, end: End): Promise<string> {
  if (!state.policy) throw new TerminalError('POLICY_INVALID', 'a run without a policy has nowhere to keep its report');
  const closed = record(state, { kind: 'reported', location: '', at: state.now });
  const report = buildReport(closed, end, deps.now());
  const documents = {
    'report.json': `${JSON.stringify(report, undefined, 2)}\n`,
    'report.md': renderReportMarkdown(report),
    'report.html': renderReportHtml(report),
    'state.json': `${JSON.stringify(closed)}\n`,
  };
  const archive = deps.adapters.archive(state.policy.archive);
  return archive.store(rollbackId(state.request), documents, callLimit(STORE_LIMIT_MS));
}
