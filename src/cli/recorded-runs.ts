import { createInterface } from 'node:readline';
import { z } from 'zod';
import { judgeRecorded, observeRecorded, openRecorded } from '../domain/judge';
import type { Judged, JudgeState, RecordedCounts, RecordedPolicy, Verdict } from '../domain/judge';
import type { CohortCounts } from '../domain/judge/verdict';
import { CliError, EXIT } from './exit-codes';

const ratio = z.number().min(0).max(1);
const count = z.number().min(0);
const cohort = z.object({ requests: count, errors: count }).catchall(z.unknown());
const line = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run'),
    id: z.string().min(1),
    policy: z
      .object({
        objective: ratio.optional(),
        baseline: ratio.optional(),
        intervalSeconds: z.number().positive().default(10),
        settleSeconds: z.number().min(0).default(20),
        maxBakeSeconds: z.number().positive().default(600),
        guardrails: z.array(z.string().min(1)).max(6).default([]),
      })
      .strict()
      .prefault({}),
  }),
  z.object({ type: z.literal('history'), t: z.number(), current: cohort.nullable() }),
  z.object({ type: z.literal('sample'), t: z.number(), stable: cohort.nullable(), current: cohort.nullable() }),
]);

type Line = z.infer<typeof line>;
type Header = Extract<Line, { readonly type: 'run' }>;
const guardrailCounts = z.object({ slow: count });

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
    if (!run) throw wrong(`${source}:${number}`, `a ${read.type} comes before any {"type":"run","id":…}`);
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
  const { intervalSeconds, settleSeconds, maxBakeSeconds, guardrails, objective, baseline } = policy;
  return {
    id,
    history: [],
    decided: false,
    policy: {
      intervalMs: intervalSeconds * 1000,
      settleMs: settleSeconds * 1000,
      longestBakeMs: maxBakeSeconds * 1000,
      guardrails,
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
  const [stable, current] = [read.stable, read.current].map((side) => countsOf(side, run.policy.guardrails, where));
  const opening = run.state ?? openRecorded(run.policy, run.history);
  run.state = observeRecorded(opening, { at: read.t * 1000, stable: stable ?? null, current: current ?? null });
  const judged = judgeRecorded(run.state);
  run.decided ||= judged.final;
  run.last = { t: read.t, judged };
}

function countsOf(
  side: z.infer<typeof cohort> | null,
  guardrails: readonly string[],
  where: string,
): RecordedCounts | undefined {
  if (side === null) return undefined;
  const counts = { requests: side.requests, bad: side.errors };
  if (guardrails.length === 0) return counts;
  return { ...counts, guardrails: Object.fromEntries(guardrails.map((name) => [name, slowOf(side, name, where)])) };
}

function slowOf(side: z.infer<typeof cohort>, name: string, where: string): number {
  const read = guardrailCounts.safeParse(side[name]);
  if (read.success) return read.data.slow;
  throw wrong(where, `the guardrail ${name} needs "${name}":{"slow":<count>} beside requests and errors`);
}

function parse(text: string, where: string): Line {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw wrong(where, `not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const read = line.safeParse(json);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw wrong(where, `${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'not understood'}`);
}

function wrong(where: string, what: string): CliError {
  return new CliError(EXIT.usage, `${where}: ${what}. See docs/judge.md for the format`);
}
