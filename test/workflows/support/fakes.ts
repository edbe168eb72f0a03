import { once } from 'node:events';
import type { TargetReading } from '../../../src/domain/plan/census';
import { objection } from '../../../src/domain/plan/objection';
import type { CheckResult } from '../../../src/domain/readiness';
import type { SlotRecord } from '../../../src/domain/service/slots';
import { TerminalError } from '../../../src/ports';
import type {
  Archive,
  ArchivedDocuments,
  DeploymentTarget,
  EffectResult,
  LabelValue,
  Notification,
  Notifier,
  ReadinessCheck,
  ShiftRequest,
} from '../../../src/ports';

/**
 * How an effect goes wrong. `lie`: says done and does nothing. `broken`: fails for good. `dark`: that, and cannot be
 * read for one look. `late`: gives no answer, and comes true when nobody looks any more. `hang`: is done, and says so to
 * nobody until its signal ends; `deaf`: the same and not done.
 */
type Fault = 'refused' | 'conflict' | 'lie' | 'broken' | 'dark' | 'late' | 'slow' | 'hang' | 'deaf';

/** Looks of one attempt after its call. */
const LOOKS_AFTER_CALL = 5;

/** One effect that really changed a fake target. */
export interface Applied {
  readonly target: string;
  readonly operation: 'prepare' | 'shift';
  readonly number: number;
  readonly to: number;
}

/** A little world that fakes share: what the targets serve, how the revisions fare, and everything that happened. */
export class FakeWorld {
  readonly weights: Record<string, number> = { eu: 0, us: 0 };
  readonly capacity: Record<string, number> = { eu: 0, us: 0 };
  /** Targets that are no fakes, by their names; what they serve must be told to `weights`. */
  readonly real: Record<string, DeploymentTarget> = {};
  /** The same of targets that have to be told what their slots hold. */
  readonly told: Record<string, (slots: SlotRecord | undefined) => DeploymentTarget> = {};
  readonly applied: Applied[] = [];
  readonly notifications: Notification[] = [];
  readonly archived: Record<string, ArchivedDocuments> = {};
  /** Share of bad requests of each revision. */
  fails = { v42: 0.1, v41: 0 };
  /** Share of slow requests of each revision. */
  slow = { v42: 0, v41: 0 };
  slownessUnreadable = false;
  /** What the source of metrics remembers of the suspect, where it does. */
  past: readonly { readonly requests: number; readonly bad: number }[] | undefined;
  /** What the source of metrics can tell apart, by label; a label whose counts cannot be read is `broken`. */
  values: Readonly<Record<string, readonly LabelValue[] | 'broken'>> = {};
  requestsPerSecond = 2_000;
  metricsMissing = false;
  prepareWorks = true;
  /** What the next shifts answer instead of doing it. */
  shiftFaults: Fault[] = [];
  /** The same of the next preparations; `lie` says done and no capacity comes. */
  prepareFaults: Exclude<Fault, 'dark' | 'slow' | 'hang'>[] = [];
  /** What the next added checks answer; `broken` cannot be run at all. */
  checks: ('block' | 'broken')[] = [];
  /** Targets on which a dry run finds that they could not be moved. */
  blocked: readonly string[] = [];
  /** What is wrong with the policy, while something is. */
  policyError: string | undefined;
  archiveBroken = false;
  notifierBroken = false;
  /** Looks at a target that fail from now on. */
  darkLooks = 0;
  /** An effect that comes true only some looks later. */
  late: { readonly target: string; readonly weight: number; looks: number } | undefined;
  /** Targets that are half-way to what they were asked for, and stay so for as many asks as there are `slow` faults. */
  readonly halfWay = new Set<string>();
  /** Called inside a look at a target, after it has been read and before it is told. */
  beforeTelling: (target: string) => Promise<void> = async () => undefined;
  /** Calls that are held until their signals end. */
  held = 0;
  /** Called inside a shift, before it takes effect. */
  duringShift: () => Promise<void> = async () => undefined;
}

/** The target of that name, which may be a real one. */
export function targetOf(world: FakeWorld, name: string, slots?: SlotRecord): DeploymentTarget {
  return world.told[name]?.(slots) ?? world.real[name] ?? new FakeTarget(name, world);
}

/** A target of the world. */
class FakeTarget implements DeploymentTarget {
  private readonly name: string;
  private readonly world: FakeWorld;

  constructor(name: string, world: FakeWorld) {
    this.name = name;
    this.world = world;
  }

  capabilities() {
    return { granularity: 'percent' as const, sticky: true, fenced: true };
  }

  async check() {
    const blocked = this.world.blocked.includes(this.name);
    if (blocked) return { ok: false, ...objection('OWNED_BY_ANOTHER', 'somebody else deploys here') } as const;
    return { ok: true, detail: 'would work' } as const;
  }

  async observe(): Promise<TargetReading> {
    if (this.world.darkLooks > 0) {
      this.world.darkLooks -= 1;
      throw new TerminalError('TARGET_UNAUTHORIZED', `${this.name} cannot be read`);
    }
    this.comeTrue();
    const weight = this.world.weights[this.name] ?? 0;
    const ready = this.world.capacity[this.name] ?? 0;
    await this.world.beforeTelling(this.name);
    return {
      target: this.name,
      at: Date.now(),
      ...(this.world.halfWay.has(this.name) ? { uneven: true } : {}),
      revisions: [
        { revision: 'v42', weight: 100 - weight, readyCapacity: 100, readyInstances: 2 },
        { revision: 'v41', weight, readyCapacity: ready, readyInstances: ready > 0 ? 2 : 0 },
      ],
    };
  }

  private comeTrue(): void {
    const { late } = this.world;
    if (late?.target !== this.name || late.looks-- > 0) return;
    this.world.weights[this.name] = late.weight;
    this.world.late = undefined;
  }

  async prepare(request: Parameters<DeploymentTarget['prepare']>[0], signal: AbortSignal): Promise<EffectResult> {
    const fault = this.world.prepareFaults.shift();
    switch (fault) {
      case 'refused':
      case 'conflict':
        return { outcome: fault, ...objection('OTHER', 'not today') };
      case 'broken':
        throw new TerminalError('TARGET_UNAUTHORIZED', `${this.name} answered 401: check its secret`);
      case 'lie':
        return { outcome: 'done', observed: await this.observe() };
      case 'late':
        await this.scaleUp(request);
        return { outcome: 'unknown', detail: 'no answer in time' };
      case 'deaf':
        return this.unanswered(signal);
      case undefined:
        return this.scaleUp(request);
    }
  }

  private async scaleUp(request: Parameters<DeploymentTarget['prepare']>[0]): Promise<EffectResult> {
    if ((this.world.capacity[this.name] ?? 0) >= 100)
      return { outcome: 'alreadyInState', observed: await this.observe() };
    this.world.applied.push({
      target: this.name,
      operation: 'prepare',
      number: request.fence.number,
      to: request.share,
    });
    if (this.world.prepareWorks) this.world.capacity[this.name] = 100;
    return { outcome: 'done', observed: await this.observe() };
  }

  async shift(request: ShiftRequest, signal: AbortSignal): Promise<EffectResult> {
    await this.world.duringShift();
    const fault = this.world.shiftFaults.shift();
    switch (fault) {
      case 'refused':
        return { outcome: 'refused', ...objection('OTHER', 'not today') };
      case 'conflict':
        return { outcome: 'conflict', ...objection('CHANGED_BY_OTHERS', 'someone else was faster') };
      case 'lie':
        return { outcome: 'done' };
      case 'broken':
        throw new TerminalError('TARGET_UNAUTHORIZED', `${this.name} answered 401: check its secret`);
      case 'dark':
        this.world.darkLooks = 1;
        throw new TerminalError('TARGET_UNAUTHORIZED', `${this.name} answered 401: check its secret`);
      case 'late':
        this.world.late = { target: this.name, weight: request.desired, looks: LOOKS_AFTER_CALL };
        this.count(request);
        return { outcome: 'unknown', detail: 'no answer in time' };
      case 'hang':
        this.world.weights[this.name] = request.desired;
        this.count(request);
        return this.unanswered(signal);
      case 'deaf':
        return this.unanswered(signal);
      case 'slow':
        this.world.halfWay.add(this.name);
        this.world.weights[this.name] = (request.desired + request.expected) / 2;
        return { outcome: 'unknown', detail: 'orders-3 is not ready' };
      case undefined:
        this.world.halfWay.delete(this.name);
        this.world.weights[this.name] = request.desired;
        this.count(request);
        return { outcome: 'done', observed: await this.observe() };
    }
  }

  private async unanswered(signal: AbortSignal): Promise<EffectResult> {
    this.world.held += 1;
    await once(signal, 'abort');
    this.world.held -= 1;
    return { outcome: 'unknown', detail: 'no answer in time' };
  }

  private count(request: ShiftRequest): void {
    this.world.applied.push({
      target: this.name,
      operation: 'shift',
      number: request.fence.number,
      to: request.desired,
    });
  }
}

/** Answers as the world says, and passes when that is used up. */
export class FakeCheck implements ReadinessCheck {
  private readonly world: FakeWorld;

  constructor(world: FakeWorld) {
    this.world = world;
  }

  async run(): Promise<CheckResult> {
    const answer = this.world.checks.shift();
    if (answer === 'broken') throw new TerminalError('TARGET_MISCONFIGURED', 'there is no such program');
    const base = { check: 'drill', evidence: 'as drilled', overridable: true };
    return answer === 'block' ? { ...base, status: 'block', fix: 'mend it' } : { ...base, status: 'pass' };
  }
}

/** Keeps what it is told. */
export class FakeNotifier implements Notifier {
  private readonly world: FakeWorld;

  constructor(world: FakeWorld) {
    this.world = world;
  }

  async notify(notification: Notification): Promise<void> {
    if (this.world.notifierBroken) throw new TerminalError('NOTIFIER_UNREACHABLE', 'the pager answered 401');
    this.world.notifications.push(notification);
  }
}

/** Keeps what it is given. */
export class FakeArchive implements Archive {
  private readonly world: FakeWorld;

  constructor(world: FakeWorld) {
    this.world = world;
  }

  async store(id: string, documents: ArchivedDocuments): Promise<string> {
    if (this.world.archiveBroken) throw new TerminalError('ARCHIVE_UNWRITABLE', 'the disk is full');
    this.world.archived[id] = documents;
    return `memory/${id}`;
  }

  async load(id: string): Promise<ArchivedDocuments | undefined> {
    return this.world.archived[id];
  }
}
