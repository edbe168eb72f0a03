import { existsSync } from 'node:fs';
import type { ReportModel } from '../domain/report';
import { rollbackId } from '../domain/rollback/request';
import type { RollbackRef } from '../domain/rollback/request';
import type { ArchivedDocuments } from '../ports';
import { configPath } from './cli';
import type { Cli } from './cli';
import { lazy } from './lazy';

const LOAD_LIMIT_MS = 10_000;

/** What a closed rollback left in the archive of its service. */
export interface ArchivedReport {
  readonly documents: ArchivedDocuments;
  readonly model: ReportModel;
}

/** Looks into the archive that the policy file names; undefined when there is no such file, service or report. */
export async function archivedReport(
  cli: Cli,
  ref: RollbackRef,
  config: string | undefined,
): Promise<ArchivedReport | undefined> {
  const path = configPath(cli, config);
  if (config === undefined && !existsSync(path)) return undefined;
  const { loadConfigFile, policyFor } = lazy.config();
  const { createAdapters, resolveSecret } = lazy.adapters();
  const found = policyFor(await loadConfigFile(path), ref.environment, ref.service);
  if (!found.ok) return undefined;
  const adapters = createAdapters({ resolveSecret, log: { info: () => undefined }, now: () => cli.now() });
  const archive = adapters.archive(found.policy.archive);
  const documents = await archive.load(rollbackId(ref), AbortSignal.timeout(LOAD_LIMIT_MS));
  const json = documents?.['report.json'];
  if (!documents || json === undefined) return undefined;
  // Only we write these documents, and they name their schema.
  return { documents, model: JSON.parse(json) as ReportModel };
}
