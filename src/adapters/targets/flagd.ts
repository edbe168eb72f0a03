import { resolve } from 'node:path';
import { z } from 'zod';
import type { TargetReading } from '../../domain/plan/census';
import { objectionText } from '../../domain/plan/objection';
import type { Objection } from '../../domain/plan/objection';
import type { TargetScript } from '../../domain/plan/script';
import { RetryableError, TerminalError } from '../../ports';
import type {
  DeploymentTarget,
  EffectResult,
  PrepareRequest,
  RevisionPair,
  Scripted,
  ScriptQuestion,
  ShiftRequest,
} from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { changeFile, readWhole } from '../locked-file';
import type { Change } from '../locked-file';
import { outsideText } from '../outside-text';
import { targetKind } from '../kinds';
import { movedBuckets, readFlag, revisionsOf, shareOf, variantOf, writeFlag } from './flagd-flag';
import type { Flag } from './flagd-flag';
import { flagdByHand } from './flagd-script';
import type { FlagByHand } from './flagd-script';
import { conflictOf, isKept, lateFor, readRecord, recordText } from './flag-effect';
import type { FlagRecord } from './flag-effect';
import { endedSoonAfter, onFile } from './target-file';

const MOST_BYTES = 8 * 1024 * 1024;
const TOLERANCE = 0.05;

/** A feature flag in a file that flagd serves; its variants are the revisions. */
export const flagdTargetSchema = z.strictObject({
  type: z.literal('flagd'),
  file: z.string().min(1).describe('JSON file of flags that flagd reads, on a disk that every worker can write'),
  flag: z.string().min(1).max(300).describe('key of the flag'),
});

type FlagdTargetConfig = z.infer<typeof flagdTargetSchema>;

/** The flag of a file, changed under a lock and replaced in one piece; the newest effect is kept in the flag itself. */
export function createFlagdTarget(
  name: string,
  config: FlagdTargetConfig,
  deps: AdapterDependencies,
): DeploymentTarget {
  return new FlagdTarget(name, config, deps);
}

/** The parsed file and the flag in it. */
interface Opened {
  readonly document: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly flag: Flag;
}

class FlagdTarget implements DeploymentTarget, Scripted {
  private readonly name: string;
  private readonly key: string;
  private readonly path: string;
  private readonly deps: AdapterDependencies;

  constructor(name: string, { file, flag }: FlagdTargetConfig, deps: AdapterDependencies) {
    this.name = name;
    this.key = flag;
    this.path = resolve(file);
    this.deps = deps;
  }

  capabilities(): ReturnType<DeploymentTarget['capabilities']> {
    return { granularity: 'percent', sticky: true, fenced: true };
  }

  async check({ from, to }: RevisionPair, signal: AbortSignal): ReturnType<DeploymentTarget['check']> {
    const { flag } = await this.read(signal);
    const pair = this.variantsOf(flag, { from, to });
    const moved = 'code' in pair ? pair : movedBuckets(flag, pair, 100);
    if ('code' in moved) return { ok: false, ...this.said(moved) };
    return { ok: true, detail: this.says(`can move to ${to}`) };
  }

  async observe(signal: AbortSignal): Promise<TargetReading> {
    return this.readingOf((await this.read(signal)).flag);
  }

  /** Both branches are in the code that runs, so that there is nothing to make ready. */
  async prepare(request: PrepareRequest, signal: AbortSignal): Promise<EffectResult> {
    const { flag } = await this.read(signal);
    const { revision } = request;
    const late = lateFor(request, this.recordOf(flag));
    if (late !== undefined) return { outcome: 'conflict', ...this.said(late), observed: this.readingOf(flag) };
    const pair = this.variantsOf(flag, revision);
    if ('code' in pair) return { outcome: 'refused', ...this.said(pair) };
    const detail = `every instance has ${revision.to} behind the flag`;
    return { outcome: 'alreadyInState', detail, observed: this.readingOf(flag) };
  }

  async shift(request: ShiftRequest, signal: AbortSignal): Promise<EffectResult> {
    this.throwIfOver(signal);
    const changed = changeFile(this.path, MOST_BYTES, signal, (text) => this.changed(text, request));
    const late: EffectResult = { outcome: 'unknown', detail: this.says('the file system does not answer') };
    return onFile(
      (what) => this.says(what),
      () => endedSoonAfter(signal, changed, () => late),
    );
  }

  async script({ revision, weights }: ScriptQuestion, signal: AbortSignal): Promise<TargetScript> {
    const { flag } = await this.read(signal);
    const pair = this.variantsOf(flag, revision);
    if ('code' in pair) throw this.cannotTell(pair);
    const record = readRecord(flag.metadata);
    const before = typeof record === 'object' ? record.fallback : undefined;
    const steps = weights.map((weight): FlagByHand => {
      const buckets = movedBuckets(flag, pair, weight);
      if ('code' in buckets) throw this.cannotTell(buckets);
      const wasFrom = flag.defaultVariant === pair.from || (before === pair.from && flag.defaultVariant === pair.to);
      const fallback = weight >= 100 ? pair.to : pair.from;
      return { weight, buckets, defaultVariant: wasFrom ? fallback : flag.defaultVariant };
    });
    return flagdByHand(this.name, { path: this.path, key: this.key }, flag, steps);
  }

  private cannotTell(why: Objection): TerminalError {
    return new TerminalError('TARGET_MISCONFIGURED', this.says(objectionText(why)));
  }

  private changed(text: string, request: ShiftRequest): Change<EffectResult> {
    const opened = this.open(text);
    const { flag } = opened;
    const record = this.recordOf(flag);
    const pair = this.variantsOf(flag, request.revision);
    if ('code' in pair) return { result: { outcome: 'refused', ...this.said(pair) } };
    const have = shareOf(flag, pair.to);
    const there = Math.abs(have - request.desired) <= TOLERANCE;
    const conflict = conflictOf(request, record, have, there);
    if (conflict !== undefined)
      return { result: { outcome: 'conflict', ...this.said(conflict), observed: this.readingOf(flag) } };
    if (isKept(request, record)) return { result: this.result('alreadyInState', flag, 'was done before') };
    const buckets = there ? flag.buckets : movedBuckets(flag, pair, request.desired);
    if ('code' in buckets) return { result: { outcome: 'refused', ...this.said(buckets) } };
    const fallback = fallbackOf(flag, pair, request, record);
    const change = { buckets, defaultVariant: fallback.now, record: recordText(request, fallback.before) };
    const written = this.written(text, opened, change);
    const after = this.open(written).flag;
    const isSame = there && fallback.now === undefined;
    const result = isSame ? this.result('alreadyInState', after, 'nothing to change') : this.result('done', after);
    return { text: written, result };
  }

  private recordOf(flag: Flag): FlagRecord | undefined {
    const record = readRecord(flag.metadata);
    if (record !== 'unreadable') return record;
    throw new TerminalError('TARGET_MISCONFIGURED', this.says('metadata.phasedRollback is damaged: remove it'));
  }

  private result(outcome: 'done' | 'alreadyInState', flag: Flag, detail?: string): EffectResult {
    return { outcome, ...(detail === undefined ? {} : { detail }), observed: this.readingOf(flag) };
  }

  private written(
    text: string,
    { document, flags, raw, flag }: Opened,
    change: Parameters<typeof writeFlag>[2],
  ): string {
    const next = { ...document, flags: { ...flags, [this.key]: writeFlag(raw, flag, change) } };
    const indent = /\n([ \t]+)"/.exec(text)?.[1];
    return JSON.stringify(next, undefined, indent) + (text.endsWith('\n') ? '\n' : '');
  }

  private async read(signal: AbortSignal): Promise<Opened> {
    this.throwIfOver(signal);
    return onFile(
      (what) => this.says(what),
      async () => {
        const text = await endedSoonAfter(signal, readWhole(this.path, MOST_BYTES), () => {
          throw new RetryableError('TARGET_UNREACHABLE', this.says('the file system does not answer'));
        });
        return this.open(text);
      },
    );
  }

  private open(text: string): Opened {
    const document = parsedObject(text);
    const flags = objectOf(document?.flags);
    if (!document || !flags)
      throw new RetryableError('TARGET_ANSWER_UNREADABLE', this.says('the file is no JSON with "flags" by their keys'));
    const raw = objectOf(flags[this.key]);
    if (!raw) throw new TerminalError('TARGET_MISCONFIGURED', this.says('there is no such flag in the file'));
    const flag = readFlag(raw);
    if ('problem' in flag) throw new TerminalError('TARGET_MISCONFIGURED', this.says(flag.problem));
    return { document, flags, raw, flag };
  }

  private readingOf(flag: Flag): TargetReading {
    return { target: this.name, revisions: revisionsOf(flag), at: this.deps.now() };
  }

  private variantsOf(flag: Flag, { from, to }: RevisionPair): { from: string; to: string } | Objection {
    const variants = { from: variantOf(flag, from), to: variantOf(flag, to) };
    if (variants.from !== undefined && variants.to !== undefined) return { from: variants.from, to: variants.to };
    const absent = variants.to === undefined ? to : from;
    const detail = `no variant stands for ${absent}: name one so, or say so in metadata["revision.<variant>"]`;
    return { code: 'REVISION_UNKNOWN', detail };
  }

  private throwIfOver(signal: AbortSignal): void {
    if (signal.aborted) throw new RetryableError('TARGET_UNREACHABLE', this.says('no time was left to ask'));
  }

  private said(why: Objection): Objection {
    return { ...why, detail: this.says(why.detail) };
  }

  private says(what: string): string {
    return outsideText(`${this.name}: flag ${this.key} of ${this.path}: ${what}`);
  }
}

/**
 * Users without a targeting key get the default, whatever the shares are: it goes with the last of the suspect's
 * share, and comes back with the first.
 */
function fallbackOf(
  { defaultVariant }: Flag,
  { from, to }: { readonly from: string; readonly to: string },
  { desired, rollback }: ShiftRequest,
  record: FlagRecord | undefined,
): { readonly now?: string; readonly before?: string } {
  const before = record?.rollback === rollback ? record.fallback : undefined;
  if (desired >= 100) return defaultVariant === from ? { now: to, before: from } : { before };
  return before === from && defaultVariant === to ? { now: from } : {};
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** A flag in a file of flagd's. */
export const flagdTarget = targetKind(flagdTargetSchema, (config, deps, { name }) =>
  createFlagdTarget(name, config, deps),
);
