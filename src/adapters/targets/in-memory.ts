import { z } from 'zod';
import { RetryableError } from '../../ports';
import type {
  DeploymentTarget,
  DryRun,
  EffectResult,
  Fence,
  PrepareRequest,
  RevisionPair,
  ShiftRequest,
  TargetCapabilities,
  TargetEffect,
} from '../../ports';
import type { RevisionReading, TargetReading } from '../../domain/plan/census';
import { objection } from '../../domain/plan/objection';
import type { TargetCode } from '../../domain/plan/objection';
import { shareText } from '../../domain/plan/share';
import { targetKind } from '../kinds';
import { capabilitySettings, unitsSchema } from './target-capabilities';
import type { AdapterDependencies } from '../dependencies';
import type { TargetContext } from './target-context';

/** A target that is only a value in this process: for trying the tool out and for tests. */
export const inMemoryTargetSchema = z
  .strictObject({
    type: z.literal('in-memory'),
    /** What each revision serves at first, in percent; all of them are ready for what they serve. */
    revisions: z.record(z.string().min(1), z.number().min(0).max(100)).default({}),
    ...capabilitySettings,
    units: unitsSchema.strict().optional(),
  })
  .refine(({ granularity, units }) => !units || granularity === 'units', {
    path: ['units'],
    message: 'are there only where granularity is units; set that, or leave them out',
  });

/** What a wish may be above a whole number of units, in units, before it takes one more. */
const ROUNDING = 0.01;

/** How an in-memory target misbehaves: `hang` does what is asked and never answers. */
export type InMemoryFault = 'hang' | 'unreachable' | { readonly refuse: string };

type Settings = Omit<z.input<typeof inMemoryTargetSchema>, 'type'> & {
  readonly name: string;
  readonly now: () => number;
};

/** The fake target: fenced, idempotent, and as slow or unwilling as it is told to be. */
export class InMemoryTarget implements DeploymentTarget {
  /** Misbehaviour from now on; undefined for none. */
  fault: InMemoryFault | undefined;
  /** Times that a weight or a capacity was changed. */
  changes = 0;
  private readonly settings: Settings;
  private readonly serving = new Map<string, { weight: number; readyCapacity: number }>();
  private readonly fences = new Map<'prepare' | 'shift', Fence>();
  private readonly answered = new Map<string, { readonly body: string; readonly result: EffectResult }>();

  constructor(settings: Settings) {
    this.settings = settings;
    for (const [revision, weight] of Object.entries(settings.revisions ?? {}))
      this.serving.set(revision, { weight, readyCapacity: weight });
  }

  /** What the configuration says; always fenced. */
  capabilities(): TargetCapabilities {
    const { granularity = 'percent', sticky = false } = this.settings;
    return { granularity, sticky, fenced: true };
  }

  /** Ok when both revisions are known here. */
  check(revision: RevisionPair, signal: AbortSignal): Promise<DryRun> {
    const unknown = this.unknownRevision(revision);
    const ok = { ok: true, detail: `${this.settings.name} can move to ${revision.to}` } as const;
    return this.read<DryRun>(
      unknown === undefined ? ok : { ok: false, ...objection('REVISION_UNKNOWN', unknown) },
      signal,
    );
  }

  /** What is served now. */
  observe(signal: AbortSignal): Promise<TargetReading> {
    return this.read(this.reading(), signal);
  }

  /** Makes capacity ready at once. */
  prepare(request: PrepareRequest, signal: AbortSignal): Promise<EffectResult> {
    return this.effect('prepare', request, request.share, undefined, signal, () => {
      const entry = this.entry(request.revision.to);
      if (entry.readyCapacity >= request.share) return false;
      entry.readyCapacity = request.share;
      return true;
    });
  }

  /** Sets the share at once. */
  shift(request: ShiftRequest, signal: AbortSignal): Promise<EffectResult> {
    const { desired, expected, revision } = request;
    const { units } = this.settings;
    return this.effect('shift', request, desired, expected, signal, () => {
      const entry = this.entry(revision.to);
      const wanted = units ? (Math.ceil((desired * units.total) / 100 - ROUNDING) / units.total) * 100 : desired;
      if (entry.weight === wanted) return false;
      if (entry.weight !== expected)
        return `${revision.to} serves ${shareText(entry.weight, units)}, not ${shareText(expected, units)}`;
      const other = this.entry(revision.from);
      other.weight = Math.max(0, other.weight - (wanted - entry.weight));
      entry.weight = wanted;
      return true;
    });
  }

  private async read<T>(value: T, signal: AbortSignal): Promise<T> {
    const { name } = this.settings;
    if (this.fault === 'unreachable' || signal.aborted)
      throw new RetryableError('TARGET_UNREACHABLE', `${name} cannot be reached`);
    if (this.fault === 'hang') {
      await aborted(signal);
      throw new RetryableError('TARGET_UNREACHABLE', `${name}: no answer in time`);
    }
    return value;
  }

  private async effect(
    operation: 'prepare' | 'shift',
    request: TargetEffect,
    desired: number,
    expected: number | undefined,
    signal: AbortSignal,
    change: () => boolean | string,
  ): Promise<EffectResult> {
    if (this.fault === 'unreachable' || signal.aborted)
      throw new RetryableError('TARGET_UNREACHABLE', `${this.settings.name} cannot be reached`);
    const result = this.apply(operation, request, JSON.stringify([request.revision, desired, expected]), change);
    if (this.fault !== 'hang') return result;
    await aborted(signal);
    return { outcome: 'unknown', detail: 'no answer in time' };
  }

  private apply(
    operation: 'prepare' | 'shift',
    { rollback, target, revision, fence }: TargetEffect,
    body: string,
    change: () => boolean | string,
  ): EffectResult {
    const key = `${rollback}/${target}/${operation}/${fence.number}`;
    const before = this.answered.get(key);
    if (before?.body === body) return before.result;
    if (before) return this.conflict('OTHER_WISH', `${key} came before with another request`);
    if (typeof this.fault === 'object') return { outcome: 'refused', ...objection('OTHER', this.fault.refuse) };
    const unknown = this.unknownRevision(revision);
    if (unknown !== undefined) return { outcome: 'refused', ...objection('REVISION_UNKNOWN', unknown) };
    const seen = this.fences.get(operation);
    if (seen && !isHigher(fence, seen))
      return this.conflict('LATE_EFFECT', `${operation} comes after number ${seen.number} was seen`);
    if ([...this.fences.values()].some(({ epoch }) => epoch > fence.epoch))
      return this.conflict('LATE_EFFECT', `${operation} comes after a later rollback was seen`);
    const changed = change();
    if (typeof changed === 'string') return this.conflict('CHANGED_BY_OTHERS', changed);
    if (changed) this.changes += 1;
    this.fences.set(operation, fence);
    const result: EffectResult = changed
      ? { outcome: 'done', observed: this.reading() }
      : { outcome: 'alreadyInState', detail: 'nothing to change', observed: this.reading() };
    this.answered.set(key, { body, result });
    return result;
  }

  private conflict(code: TargetCode, detail: string): EffectResult {
    return { outcome: 'conflict', ...objection(code, detail), observed: this.reading() };
  }

  private unknownRevision({ from, to }: RevisionPair): string | undefined {
    const unknown = [from, to].find((revision) => !this.serving.has(revision));
    return unknown === undefined ? undefined : `${unknown} is not on ${this.settings.name}`;
  }

  private entry(revision: string): { weight: number; readyCapacity: number } {
    const entry = this.serving.get(revision) ?? { weight: 0, readyCapacity: 0 };
    this.serving.set(revision, entry);
    return entry;
  }

  private reading(): TargetReading {
    const revisions = [...this.serving].map(([revision, entry]): RevisionReading => ({
      revision,
      ...entry,
      readyInstances: Math.ceil(entry.readyCapacity / 50),
    }));
    const { name, units, now } = this.settings;
    return { target: name, revisions, ...(units ? { units } : {}), at: now() };
  }
}

/** The fake of this name, the same at every use. */
export function createInMemoryTarget(
  { type: _type, ...settings }: z.infer<typeof inMemoryTargetSchema>,
  deps: AdapterDependencies,
  { name, inMemory }: TargetContext,
): DeploymentTarget {
  const kept = inMemory.get(name) ?? new InMemoryTarget({ ...settings, name, now: () => deps.now() });
  inMemory.set(name, kept);
  return kept;
}

function isHigher(fence: Fence, than: Fence): boolean {
  return fence.epoch > than.epoch || (fence.epoch === than.epoch && fence.number > than.number);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** The fake. */
export const inMemoryTarget = targetKind(inMemoryTargetSchema, createInMemoryTarget);
