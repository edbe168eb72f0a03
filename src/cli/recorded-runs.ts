import { createInterface } from 'node:readline';
import { z } from 'zod';
import { memberOf } from '../config/policy-text';
import { keyText, messageOf } from '../config/problems';
import { keysAt } from '../config/schema-keys';
import { judgeRecorded, observeRecorded, observeTargets, openRecorded } from '../domain/judge';
import type { Judged, JudgeState, RecordedCounts, RecordedPolicy, RecordedStratum, Verdict } from '../domain/judge';
import type { CohortCounts } from '../domain/judge/verdict';
import { CliError, EXIT } from './exit-codes';

/** As many as one run is judged by. */
export const MOST_GUARDRAILS = 6;

const ratio = z.number().refine((value) => value >= 0 && value <= 1, 'a ratio is 0 to 1, such as 0.05 for 5 %');
const count = z.number().refine((value) => value >= 0, 'must be 0 or more');
const above = z.number().refine((value) => value > 0, 'must be above 0');
const cohort = z.object({ requests: count, errors: count }).catchall(z.unknown());
const sides = z.object({ stable: cohort.nullable(), current: cohort.nullable() });
const line = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'),
    id: z.string().min(1),
    policy: z
      .object({
        objective: ratio.optional(),
        baseline: ratio.optional(),
        intervalSeconds: above.default(10),
        settleSeconds: count.default(20),
        maxBakeSeconds: above.default(600),
        guardrails: z.array(z.string().min(1)).max(MOST_GUARDRAILS).default([]),
        targets: z.record(z.string().min(1), z.number().min(0).max(100)).optional(),
        control: z.boolean().default(true),
      })
      .strict()
      .prefault({}),
  }),
  z.object({ type: z.literal('history'), t: z.number(), current: cohort.nullable() }),
  z.object({
    type: z.literal('sample'),
    t: z.number(),
    ...sides.partial().shape,
    targets: z.record(z.string(), sides).optional(),
  }),
]);

type Line = z.infer<typeof line>;
type Header = Extract<Line, { readonly type: 'run' }>;
type Sides = z.infer<typeof sides>;
const guardrailCounts = z.object({ slow: count, requests: count.optional() }).nullable();

/** What was said of one recorded run at one sample. `t`: seconds since the phase began. */
export interface RecordedVerdict {
  readonly id: string;
  readonly t: number;
  readonly verdict: Verdict;
}

interface Run {
  readonly id: string;
  readonly policy: RecordedPolicy;
  readonly history: CohortCounts[];
  state?: JudgeState;
  last?: { readonly t: number; readonly judged: Judged };
  decided: boolean;
}

/**
 * Judges recorded runs, JSON Lines of any length, one after the other. Yields the verdict that ends each run, or its last
 * one; with `everySample` what is said at every sample, also after that. Throws `CliError` with the line of what is wrong.
 */
export async function* judgeRuns(
  input: NodeJS.ReadableStream,
  source: string,
  everySample: boolean,
): AsyncGenerator<RecordedVerdict> {
  let run: Run | undefined;
  let number = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    if (text.trim() === '') continue;
    const read = parse(text, `${source}:${number}`);
    if (read.type === 'run') {
      if (run) yield* ending(run, everySample);
      run = opened(read);
      continue;
    }
    if (!run)
      throw wrong(
        `${source}:${number}`,
        `a ${read.type} (t ${read.t}) comes before any {"type":"run","id":…}, which begins a run`,
      );
    const before = run.last;
    add(run, read, `${source}:${number}`, everySample);
    if (everySample && run.last !== before) yield* said(run);
  }
  if (run) yield* ending(run, everySample);
}

function* ending(run: Run, everySample: boolean): Generator<RecordedVerdict> {
  if (!everySample) yield* said(run);
  if (!run.last) throw new CliError(EXIT.usage, `run ${run.id} has no sample: there is nothing to judge`);
}

function* said({ id, last }: Run): Generator<RecordedVerdict> {
  if (last) yield { id, t: last.t, verdict: last.judged.verdict() };
}

function opened({ id, policy }: Header): Run {
  const { intervalSeconds, settleSeconds, maxBakeSeconds, guardrails, objective, baseline, targets, control } = policy;
  return {
    id,
    history: [],
    decided: false,
    policy: {
      intervalMs: intervalSeconds * 1000,
      settleMs: settleSeconds * 1000,
      longestBakeMs: maxBakeSeconds * 1000,
      guardrails,
      control,
      ...(targets === undefined ? {} : { targets }),
      ...(objective === undefined ? {} : { objective }),
      ...(baseline === undefined ? {} : { baseline }),
    },
  };
}

/** A decided run is watched on only where every sample is asked for. */
function add(run: Run, read: Exclude<Line, Header>, where: string, everySample: boolean): void {
  if (run.decided && !everySample) return;
  if (read.type === 'history') {
    if (run.state) throw wrong(where, `history of run ${run.id} comes after its first sample; it belongs before it`);
    const counts = countsOf(read.current, [], where);
    if (counts) run.history.push(counts);
    return;
  }
  const opening = run.state ?? openRecorded(run.policy, run.history);
  const at = read.t * 1000;
  run.state = run.policy.targets
    ? observeTargets(opening, strataOf(read, run.policy, where), at)
    : observeRecorded(opening, { at, ...cohortsOf(wholeOf(read, where), run.policy.guardrails, where) });
  const judged = judgeRecorded(run.state);
  run.decided ||= judged.final;
  run.last = { t: read.t, judged };
}

/** Both sides of a run whose policy names no targets. */
function wholeOf({ stable, current, targets }: Extract<Line, { readonly type: 'sample' }>, where: string): Sides {
  if (targets)
    throw wrong(where, '"targets" of a sample need "targets" in the policy of its run, each with its percent');
  if (stable === undefined || current === undefined)
    throw wrong(
      where,
      'a sample has "stable" and "current", each with its counts, or null where its scrape is missing',
    );
  return { stable, current };
}

/** One stratum for each target of the policy; one that the sample does not name is a missing scrape. */
function strataOf(
  { targets }: Extract<Line, { readonly type: 'sample' }>,
  policy: RecordedPolicy,
  where: string,
): readonly RecordedStratum[] {
  const names = Object.keys(policy.targets ?? {});
  if (!targets) throw wrong(where, `a sample of this run has "targets": ${names.join(', ')}`);
  const unknown = Object.keys(targets).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw wrong(where, `the policy of this run has no target "${unknown}"; it has ${names.join(', ')}`);
  return names.map((target) => ({
    target,
    ...cohortsOf(targets[target] ?? { stable: null, current: null }, policy.guardrails, where),
  }));
}

function cohortsOf(
  { stable, current }: Sides,
  guardrails: readonly string[],
  where: string,
): Pick<RecordedStratum, 'stable' | 'current'> {
  return {
    stable: countsOf(stable, guardrails, where) ?? null,
    current: countsOf(current, guardrails, where) ?? null,
  };
}

function countsOf(
  side: z.infer<typeof cohort> | null,
  guardrails: readonly string[],
  where: string,
): RecordedCounts | undefined {
  if (side === null) return undefined;
  const counts = { requests: side.requests, bad: side.errors };
  if (guardrails.length === 0) return counts;
  const own: Record<string, CohortCounts> = {};
  const among: Record<string, number> = {};
  for (const name of guardrails) {
    const seen = slowOf(side, name, where);
    if (seen?.requests !== undefined) own[name] = { requests: seen.requests, bad: seen.slow };
    else if (seen) among[name] = seen.slow;
  }
  return { ...counts, guardrails: among, ownGuardrails: own };
}

function slowOf(side: z.infer<typeof cohort>, name: string, where: string): z.infer<typeof guardrailCounts> {
  const read = guardrailCounts.safeParse(side[name]);
  if (read.success) return read.data;
  throw wrong(
    where,
    `the guardrail ${name} needs "${name}":{"slow":<count>} beside requests and errors, or null where it is missing${name in side ? `, and is ${short(JSON.stringify(side[name]))}` : ''}`,
  );
}

function parse(text: string, where: string): Line {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw wrong(where, `not JSON (${reason}): ${short(text)}; every line is one object, {"type":"run" …} first`);
  }
  const read = line.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw wrong(where, issue ? problemText(issue, json) : 'not understood');
}

/** The field, what it is, and what it should be. */
function problemText(issue: z.core.$ZodIssue, json: unknown): string {
  const value = issue.path.reduce<unknown>((at, part) => memberOf(at, part), json);
  const [key] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const field = [...issue.path, ...(key === undefined ? [] : [key])].join('.') || 'the line';
  if (key !== undefined) return `${field}: ${keyText(key, keysAt(line, json, issue.path))}`;
  const shown = value === undefined || typeof value === 'object' ? '' : ` is ${short(JSON.stringify(value))}`;
  return `${field}${shown}: ${messageOf(issue, value)}`;
}

const SHOWN = 60;

function short(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function wrong(where: string, what: string): CliError {
  return new CliError(EXIT.usage, `${where}: ${what}${what.endsWith('?') ? '' : '.'} See docs/judge.md for the format`);
}
