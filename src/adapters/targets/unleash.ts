import { z } from 'zod';
import type { TargetReading } from '../../domain/plan/census';
import { objection, objectionText } from '../../domain/plan/objection';
import type { Objection } from '../../domain/plan/objection';
import type { TargetScript } from '../../domain/plan/script';
import { limitedTo, RetryableError, TerminalError } from '../../ports';
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
import { secretField, urlField } from '../fields';
import { targetKind } from '../kinds';
import { conflictOf, isKept, lateFor, readRecord, RECORD_KEY, recordText } from './flag-effect';
import { createUnleashApi } from './unleash-api';
import type { Asked, Changed, UnleashApi } from './unleash-api';
import { unleashByHand } from './unleash-script';
import { readEnvironment, readStrategy, revisionsOf, shareOf, sideOf, wholePercent } from './unleash-flag';
import type { Side, UnleashFlag } from './unleash-flag';

/** A feature flag of Unleash in one environment; on and off are the revisions. */
export const unleashTargetSchema = z.strictObject({
  type: z.literal('unleash'),
  url: urlField.describe('where Unleash is, without /api'),
  token: secretField.describe('token of a service account or an admin, that may change strategies'),
  project: z.string().min(1).default('default'),
  environment: z.string().min(1).default('production').describe("name of Unleash's environment"),
  flag: z.string().min(1).describe('name of the flag'),
  timeoutMs: z.int().min(100).max(5_000).default(5_000).describe('longest single call'),
});

type UnleashTargetConfig = z.infer<typeof unleashTargetSchema>;

/** The gradual rollout of a flag; the newest effect is kept among the strategy's parameters. */
export function createUnleashTarget(
  name: string,
  config: UnleashTargetConfig,
  deps: AdapterDependencies,
): DeploymentTarget {
  return new UnleashTarget(name, config, deps);
}

type Read = { readonly kind: 'flag'; readonly flag: UnleashFlag } | Exclude<Asked, { readonly kind: 'answered' }>;

class UnleashTarget implements DeploymentTarget, Scripted {
  private readonly name: string;
  private readonly config: UnleashTargetConfig;
  private readonly deps: AdapterDependencies;
  private readonly api: UnleashApi;

  constructor(name: string, config: UnleashTargetConfig, deps: AdapterDependencies) {
    this.name = name;
    this.config = config;
    this.deps = deps;
    this.api = createUnleashApi(
      { ...config, name },
      () => deps.resolveSecret(config.token),
      () => deps.now(),
    );
  }

  /** Unleash compares before it sets, but not in one step, so two effects within milliseconds could both be made. */
  capabilities(): ReturnType<DeploymentTarget['capabilities']> {
    return { granularity: 'percent', sticky: true, fenced: false };
  }

  async check(revision: RevisionPair, signal: AbortSignal): ReturnType<DeploymentTarget['check']> {
    const flag = this.orThrow(await this.read(this.bound(signal)));
    const problem = this.problemOf(flag, revision) ?? fixedOf(flag);
    return problem === undefined
      ? { ok: true, detail: this.says(`can move to ${revision.to}`) }
      : { ok: false, ...this.said(problem) };
  }

  async observe(signal: AbortSignal): Promise<TargetReading> {
    return this.readingOf(this.orThrow(await this.read(this.bound(signal))));
  }

  /** Both branches are in the code that runs, so that there is nothing to make ready. */
  async prepare(request: PrepareRequest, signal: AbortSignal): Promise<EffectResult> {
    const read = await this.read(this.bound(signal));
    if (read.kind !== 'flag') return { outcome: 'unknown', detail: this.says(read.because) };
    const { revision } = request;
    const late = lateFor(request, this.recordOf(read.flag));
    if (late !== undefined) return this.conflict(read.flag, late);
    const problem = this.problemOf(read.flag, revision);
    if (problem !== undefined) return { outcome: 'refused', ...this.said(problem) };
    return this.result('alreadyInState', read.flag, `every instance has ${revision.to} behind the flag`);
  }

  async shift(request: ShiftRequest, signal: AbortSignal): Promise<EffectResult> {
    const bound = this.bound(signal);
    const read = await this.read(bound);
    if (read.kind !== 'flag') return { outcome: 'unknown', detail: this.says(read.because) };
    const { flag } = read;
    const problem = this.problemOf(flag, request.revision);
    if (problem !== undefined) return { outcome: 'refused', ...this.said(problem) };
    const { conflict, there } = this.held(request, flag);
    if (conflict !== undefined) return this.conflict(flag, conflict);
    if (isKept(request, this.recordOf(flag))) return this.result('alreadyInState', flag, 'was done before');
    if (there && flag.strategyId === undefined) return this.result('alreadyInState', flag, 'nothing to change');
    const fixed = fixedOf(flag);
    if (!there && fixed !== undefined) return { outcome: 'refused', ...this.said(fixed) };
    const changed = await this.api.change(flag.strategyId ?? '', patchOf(request, flag), bound);
    return this.settled(request, flag, changed, there, bound);
  }

  async script({ revision, weights }: ScriptQuestion, signal: AbortSignal): Promise<TargetScript> {
    const flag = this.orThrow(await this.read(this.bound(signal)));
    const problem = this.problemOf(flag, revision) ?? fixedOf(flag);
    if (problem !== undefined) throw new TerminalError('TARGET_MISCONFIGURED', this.says(objectionText(problem)));
    const strategy = { url: this.api.addressOf(flag.strategyId ?? ''), token: this.config.token };
    return unleashByHand(this.name, strategy, { side: this.sideOrThrow(flag, revision.to), weights });
  }

  private async settled(
    request: ShiftRequest,
    before: UnleashFlag,
    changed: Changed,
    there: boolean,
    signal: AbortSignal,
  ): Promise<EffectResult> {
    switch (changed.kind) {
      case 'answered': {
        const after = readStrategy(changed.document);
        if (!after) return { outcome: 'unknown', detail: this.says('the answer is no strategy') };
        const flag = { ...after, on: before.fixed === undefined ? after.on : before.on };
        return there ? this.result('alreadyInState', flag, 'nothing to change') : this.result('done', flag);
      }
      case 'refused':
        return {
          outcome: 'refused',
          ...this.said(objection('NOT_ALLOWED', `the change is not allowed: ${changed.detail}`)),
        };
      case 'lost':
      case 'unreadable':
        return { outcome: 'unknown', detail: this.says(changed.because) };
      case 'unclear':
        return this.readBack(request, changed, signal);
    }
  }

  /** A comparison of Unleash's that fails looks like a fault of its own, so what it then has tells. */
  private async readBack(
    request: ShiftRequest,
    { because, later }: Extract<Changed, { kind: 'unclear' }>,
    signal: AbortSignal,
  ): Promise<EffectResult> {
    const read = await this.read(signal);
    if (read.kind !== 'flag') return { outcome: 'unknown', detail: this.says(`${because}, and then ${read.because}`) };
    const { conflict } = this.held(request, read.flag);
    if (conflict !== undefined) return this.conflict(read.flag, conflict);
    if (isKept(request, this.recordOf(read.flag))) return this.result('done', read.flag);
    if (later) throw new RetryableError('TARGET_UNREACHABLE', this.says(because));
    throw new TerminalError('TARGET_MISCONFIGURED', this.says(because));
  }

  private held(request: ShiftRequest, flag: UnleashFlag): { readonly conflict?: Objection; readonly there: boolean } {
    const have = shareOf(flag, this.sideOrThrow(flag, request.revision.to));
    const there = have === wholePercent(request.desired);
    return { conflict: conflictOf(request, this.recordOf(flag), have, there), there };
  }

  private async read(signal: AbortSignal): Promise<Read> {
    const asked = await this.api.read(signal);
    if (asked.kind !== 'answered') return asked;
    const flag = readEnvironment(asked.document);
    if (flag === undefined) return { kind: 'unreadable', because: 'the answer is no flag of an environment' };
    if ('problem' in flag) throw new TerminalError('TARGET_MISCONFIGURED', this.says(flag.problem));
    return { kind: 'flag', flag };
  }

  /** For what changes nothing, not knowing how it ended is an error like any other. */
  private orThrow(read: Read): UnleashFlag {
    switch (read.kind) {
      case 'flag':
        return read.flag;
      case 'lost':
        throw new RetryableError('TARGET_UNREACHABLE', this.says(read.because));
      case 'unreadable':
        throw new RetryableError('TARGET_ANSWER_UNREADABLE', this.says(read.because));
    }
  }

  private recordOf(flag: UnleashFlag): Exclude<ReturnType<typeof readRecord>, 'unreadable'> {
    const record = readRecord(flag.parameters);
    if (record !== 'unreadable') return record;
    throw new TerminalError('TARGET_MISCONFIGURED', this.says(`its parameter ${RECORD_KEY} is damaged: remove it`));
  }

  private sideOrThrow(flag: UnleashFlag, revision: string): Side {
    const side = sideOf(flag, revision);
    if (side !== undefined) return side;
    throw new TerminalError('TARGET_MISCONFIGURED', this.says(`neither on nor off is ${revision} any more`));
  }

  private problemOf(flag: UnleashFlag, { from, to }: RevisionPair): Objection | undefined {
    const absent = [to, from].find((revision) => sideOf(flag, revision) === undefined);
    if (absent === undefined) return undefined;
    const detail = `neither on nor off is ${absent}: say which is, in the parameters revision.on and revision.off of its strategy`;
    return { code: 'REVISION_UNKNOWN', detail };
  }

  private readingOf(flag: UnleashFlag): TargetReading {
    return { target: this.name, revisions: revisionsOf(flag), at: this.deps.now() };
  }

  private conflict(flag: UnleashFlag, why: Objection): EffectResult {
    return { outcome: 'conflict', ...this.said(why), observed: this.readingOf(flag) };
  }

  private result(outcome: 'done' | 'alreadyInState', flag: UnleashFlag, detail?: string): EffectResult {
    return { outcome, ...(detail === undefined ? {} : { detail }), observed: this.readingOf(flag) };
  }

  private bound(signal: AbortSignal): AbortSignal {
    return limitedTo(signal, this.config.timeoutMs);
  }

  private said(why: Objection): Objection {
    return { ...why, detail: this.says(why.detail) };
  }

  private says(what: string): string {
    return `${this.name}: flag ${this.config.flag} in ${this.config.environment} of Unleash: ${what}`;
  }
}

function fixedOf({ fixed }: UnleashFlag): Objection | undefined {
  return fixed === undefined ? undefined : { code: 'UNSUPPORTED_SHAPE', detail: fixed };
}

/** Sets the share and the record in one change, if both are still what they were. */
function patchOf(request: ShiftRequest, flag: UnleashFlag): readonly object[] {
  const { parameters } = flag;
  const wanted = wholePercent(request.desired);
  const on = sideOf(flag, request.revision.to) === 'on' ? wanted : 100 - wanted;
  const kept = parameters[RECORD_KEY];
  return [
    { op: 'test', path: '/parameters/rollout', value: parameters['rollout'] },
    ...(kept === undefined ? [] : [{ op: 'test', path: `/parameters/${RECORD_KEY}`, value: kept }]),
    ...(flag.fixed === undefined ? [{ op: 'replace', path: '/parameters/rollout', value: String(on) }] : []),
    { op: 'add', path: `/parameters/${RECORD_KEY}`, value: recordText(request) },
  ];
}

/** A flag of Unleash. */
export const unleashTarget = targetKind(unleashTargetSchema, (config, deps, { name }) =>
  createUnleashTarget(name, config, deps),
);
