import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ServicePolicy } from '../domain/policy/policy';
import { failed, formatDuration, plain } from '../domain/report';
import { loggedGuardrails, replayReport, replaySettings } from '../domain/simulation';
import type { ReplayedPhase, ReplayedReport } from '../domain/simulation';
import { archivedReport } from './archived';
import type { Cli, OutputOptions } from './cli';
import { CliError, EXIT } from './exit-codes';
import { logLines } from './log-lines';
import { isNumbered, parseName } from './names';
import { printJson, printText, renderTable } from './output';

const number = z.number().min(0);
const counts = z.looseObject({ requests: number, bad: number });
/** Requests and bad ones of the old revision, then of the suspect, by target. */
const loggedMetric = z.record(z.string(), z.tuple([number, number, number, number]));
/** Of a report's JSON what a replay reads; all else of it is let through. */
const reportSchema = z.looseObject({
  schema: z.literal('phased-rollback/report/v1'),
  id: z.string(),
  endedAt: z.number(),
  plan: z
    .looseObject({
      cause: z.enum(['errors', 'latency', 'saturation', 'security', 'feedback', 'other']),
      phases: z.array(
        z.looseObject({
          number: z.number().int().min(1),
          name: z.string(),
          weights: z.array(z.looseObject({ target: z.string(), weight: z.number() })),
          noControl: z.boolean(),
          appliedAt: z.number().optional(),
        }),
      ),
    })
    .optional(),
  shares: z.array(z.looseObject({ at: z.number(), weights: z.record(z.string(), z.number()) })),
  samples: z
    .array(
      z.looseObject({
        at: z.number(),
        phase: z.number().int().min(1),
        symptom: loggedMetric,
        guardrails: z.record(z.string(), loggedMetric).optional(),
      }),
    )
    .optional(),
  traffic: z.array(z.looseObject({ at: z.number(), current: counts, stable: counts })),
  verdicts: z.array(z.looseObject({ at: z.number(), decision: z.string(), reason: z.string() })),
});

/** How a report is replayed. */
export interface ReplayOptions extends OutputOptions {
  readonly config?: string;
  /** Share that failed before the suspect came, 0 to 1, where it is known. */
  readonly baseline?: number;
  /** Prints the log itself, as lines that `judge` reads. */
  readonly samples?: boolean;
}

/** Judges the sample log of an earlier rollback by a policy, and prints what was and what would be decided. */
export async function replay(
  cli: Cli,
  policy: ServicePolicy,
  report: string,
  { config, baseline, output, samples }: ReplayOptions,
): Promise<void> {
  const { value, where } = await reportOf(cli, policy, report, config);
  const read = reportSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.join('.') || 'the file';
    throw wrong(report, `${field} of ${where}: ${issue?.message ?? 'not understood'}; ${WAY_OUT}`);
  }
  const { id, plan, traffic } = read.data;
  if (!plan) throw wrong(report, `${id} ended without a plan, so no phase was judged; choose a rollback that moved`);
  if (traffic.length === 0)
    throw wrong(report, `${id} has no sample of both revisions: no metric was read then; choose one that was judged`);
  // Only we write reports; what is not checked above only passes through.
  const told = value as ReplayedReport;
  const settings = replaySettings(policy, plan.cause, loggedGuardrails(told));
  if (samples === true) {
    const share = baseline === undefined ? {} : { baseline };
    return printText(cli, logLines({ id, report: told, settings, ...share }).join('\n'));
  }
  const phases = replayReport(told, settings, baseline);
  const notReplayed = settings.notSimulated;
  if (output === 'json') return printJson(cli, { report: id, cause: plan.cause, phases, notReplayed });
  printText(cli, replayText(`${policy.environment}/${policy.service}`, id, phases, notReplayed));
}

const WAY_OUT = 'name a file that phased-rollback report <name> --format json wrote';

interface FoundReport {
  readonly value: unknown;
  readonly where: string;
}

/** By number, by name, or from a file. */
async function reportOf(
  cli: Cli,
  { environment, service }: ServicePolicy,
  report: string,
  config: string | undefined,
): Promise<FoundReport> {
  const own = `${environment}/${service}`;
  const isName = report.startsWith(`${own}/`) && /\/\d+$/.test(report);
  if (!isName && !/^\d+$/.test(report)) return reportFile(report);
  const ref = parseName(isName ? report : `${own}/${report}`);
  const archived = isNumbered(ref) ? await archivedReport(cli, ref, config) : undefined;
  if (archived) return { value: archived.model, where: 'the archived report' };
  throw wrong(report, `the archive of ${own} has no such report; ${WAY_OUT}`);
}

async function reportFile(file: string): Promise<FoundReport> {
  try {
    return { value: JSON.parse(await readFile(file, 'utf8')) as unknown, where: 'the file' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw wrong(file, `neither the number of a rollback nor a report's JSON (${why}); ${WAY_OUT}`);
  }
}

function wrong(report: string, what: string): CliError {
  return new CliError(EXIT.usage, `--report ${report}: ${what}`);
}

const WIDEST_NAME = 18;

function replayText(
  service: string,
  id: string,
  phases: readonly ReplayedPhase[],
  notReplayed: readonly string[],
): string {
  const left = notReplayed.length > 0 ? [`not replayed  ${notReplayed.map(plain).join(', ')}: the log has none`] : [];
  const head = [`${service}   the log of ${plain(id)}, judged again by this policy`, ...left, ''];
  if (phases.length === 0) return [...head, 'no phase began, so there is nothing to judge'].join('\n');
  const table = renderTable(['PHASE', 'WEIGHTS', 'THEN', 'AFTER', 'NOW', 'AFTER'], phases.map(rowOf));
  return [...head, table, ...phases.flatMap(detailOf)].join('\n');
}

function rowOf({ phase, name, earlier, now }: ReplayedPhase): readonly string[] {
  return [
    String(phase),
    name.length > WIDEST_NAME ? `${name.slice(0, WIDEST_NAME - 1)}~` : name,
    earlier?.reason ?? '-',
    earlier?.afterMs === undefined ? '-' : formatDuration(earlier.afterMs),
    now ? (now.decided ? now.reason : 'undecided') : 'no sample',
    now ? formatDuration(now.afterMs) : '-',
  ];
}

function detailOf({ phase, passedBy, current, stable, samples, now }: ReplayedPhase): readonly string[] {
  if (!now) return ['', `phase ${phase}: its samples are not in the report`];
  const end = now.decided ? now.decision : 'the log ends before a verdict';
  const passed = passedBy && passedBy !== 'verdict' ? `; passed by ${passedBy} then` : '';
  return [
    '',
    `phase ${phase}: ${samples} samples, suspect ${failed(current)}, old revision ${failed(stable)}${passed}`,
    `  now ${end}: ${plain(now.text)}`,
  ];
}
