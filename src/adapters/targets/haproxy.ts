import { objection } from '../../domain/plan/objection';
import { limitedTo, RetryableError } from '../../ports';
import type { DeploymentTarget, EffectResult, Placed, PrepareRequest, Scripted, ShiftRequest } from '../../ports';
import type { SlotRecord } from '../../domain/service/slots';
import type { AdapterDependencies } from '../dependencies';
import { targetKind } from '../kinds';
import { addressesOf, haproxyTargetSchema } from './haproxy-config';
import type { HaproxyConfig } from './haproxy-config';
import { problemsOf } from './haproxy-dry-run';
import { prepareStep, shiftStep, complaintOf, standing } from './haproxy-effects';
import type { Step } from './haproxy-effects';
import { fenceVariable, keepFence, keepNumber } from './haproxy-fence';
import type { EffectKind } from './haproxy-fence';
import { originVariable } from './haproxy-origin';
import { readingOf } from './haproxy-reading';
import type { Part } from './haproxy-reading';
import { placingOf } from './haproxy-placing';
import { revisionsOf, revisionVariables } from './haproxy-revisions';
import type { Told } from './haproxy-revisions';
import { ask } from './haproxy-runtime';
import type { RuntimeEnd } from './haproxy-runtime';
import { scriptOf } from './haproxy-script';
import { readInstance } from './haproxy-state';

/**
 * Servers behind one HAProxy, or behind several that share the traffic. HAProxy compares nothing before it sets a
 * weight, so each effect reads, compares with what it expects, sets and reads back; it is told the effect's number too,
 * so that one which comes late is known as such. Two at the same instant it cannot tell apart: not `fenced`.
 */
export function createHaproxyTarget(
  name: string,
  config: HaproxyConfig,
  deps: AdapterDependencies,
  slots?: SlotRecord,
): DeploymentTarget & Scripted & Placed {
  const { granularity, sticky, timeoutMs } = config;
  const target = new HaproxyTarget({ target: name, slots }, config, deps);
  return {
    capabilities: () => ({ granularity, sticky, fenced: false }),
    async check(revision, signal) {
      const problems = problemsOf(config, revision, await target.parts(limitedTo(signal, timeoutMs)));
      const [first] = problems;
      if (first) return { ok: false, code: first.code, detail: problems.map(({ detail }) => detail).join('; ') };
      return {
        ok: true,
        detail: `${name} can send traffic to ${revision.to}: every server of it is in ${config.backend}`,
      };
    },
    async observe(signal) {
      return readingOf(name, config, await target.parts(limitedTo(signal, timeoutMs)), deps.now());
    },
    prepare: (request, signal) => target.effect('prepare', request, prepareStep, limitedTo(signal, timeoutMs)),
    shift: (request, signal) => target.effect('shift', request, shiftStep, limitedTo(signal, timeoutMs)),
    async placing(signal) {
      return placingOf(config, await target.parts(limitedTo(signal, timeoutMs)));
    },
    async script(question, signal) {
      return scriptOf(name, config, await target.parts(limitedTo(signal, timeoutMs)), question);
    },
  };
}

type Decide<Request> = (config: HaproxyConfig, part: Part, request: Request) => Step;

/** Reads, decides, writes, reads back. */
class HaproxyTarget {
  private readonly told: Told;
  private readonly config: HaproxyConfig;
  private readonly deps: AdapterDependencies;

  constructor(told: Told, config: HaproxyConfig, deps: AdapterDependencies) {
    this.told = told;
    this.config = config;
    this.deps = deps;
  }

  /** Every HAProxy as it is; one that cannot be read is an error, for the rest alone is not what is served. */
  parts(signal: AbortSignal): Promise<readonly Part[]> {
    const { told, config, deps } = this;
    const { backend } = config;
    const own = [fenceVariable('shift', backend), fenceVariable('prepare', backend), originVariable(backend)];
    const variables = [...own, ...revisionVariables(config)];
    return Promise.all(
      addressesOf(config).map(async (address) => {
        const instance = await readInstance(told.target, config, address, variables, signal);
        return revisionsOf(config, instance, told, deps, signal);
      }),
    );
  }

  /** Nothing is written anywhere unless it may be written everywhere. */
  async effect<Request extends ShiftRequest | PrepareRequest>(
    kind: EffectKind,
    request: Request,
    decide: Decide<Request>,
    signal: AbortSignal,
  ): Promise<EffectResult> {
    const parts = await this.parts(signal);
    const steps = parts.map((part) => ({ part, step: decide(this.config, part, request) }));
    const against =
      steps.find(({ step }) => step.kind === 'conflict') ?? steps.find(({ step }) => step.kind === 'refused');
    if (against?.step.kind === 'conflict' || against?.step.kind === 'refused') {
      const { kind: outcome, why } = against.step;
      if (kind === 'prepare' && outcome === 'refused') await this.keepNumber(kind, request, parts, signal);
      const detail = `HAProxy at ${against.part.instance.address}: ${why.detail}`;
      return { outcome, ...why, detail, observed: this.reading(parts) };
    }
    const ends = await Promise.all(
      steps.map(({ part, step }) =>
        this.write(part, kind, request, step.kind === 'write' ? step.commands : [], signal),
      ),
    );
    if (steps.every(({ step }) => step.kind === 'there'))
      return { outcome: 'alreadyInState', detail: 'nothing to change', observed: this.reading(parts) };
    return this.outcome(kind, request, decide, ends, signal);
  }

  /** What is refused here a hook may do in its place, and then nothing older may come after it. */
  private async keepNumber(
    kind: EffectKind,
    request: ShiftRequest | PrepareRequest,
    parts: readonly Part[],
    signal: AbortSignal,
  ): Promise<void> {
    const { config } = this;
    const commands = keepNumber(kind, config.backend, request);
    const unseen = parts.filter((part) => standing(kind, config, part, request) === 'new');
    await Promise.all(unseen.map(({ instance }) => ask(instance.address, commands, signal)));
  }

  private write(
    { instance }: Part,
    kind: EffectKind,
    request: ShiftRequest | PrepareRequest,
    commands: readonly string[],
    signal: AbortSignal,
  ): Promise<RuntimeEnd> {
    return ask(instance.address, [...commands, ...keepFence(kind, this.config.backend, request)], signal);
  }

  /** What was done is what is there now; what HAProxy said only tells why something is not. */
  private async outcome<Request extends ShiftRequest | PrepareRequest>(
    kind: EffectKind,
    request: Request,
    decide: Decide<Request>,
    ends: readonly RuntimeEnd[],
    signal: AbortSignal,
  ): Promise<EffectResult> {
    const unsure = ends.flatMap((end) => (end.kind === 'answered' ? [] : [end.because]))[0];
    let parts: readonly Part[];
    try {
      parts = await this.parts(signal);
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      return { outcome: 'unknown', detail: unsure ?? error.message };
    }
    const observed = this.reading(parts);
    const left = parts.map((part) => decide(this.config, part, request)).filter((step) => step.kind !== 'there');
    if (left.length === 0) return { outcome: 'done', observed };
    if (unsure !== undefined) return { outcome: 'unknown', detail: unsure, observed };
    const complaint = ends
      .flatMap((end) => (end.kind === 'answered' ? end.answers : []))
      .find((answer) => answer !== '');
    if (complaint !== undefined) return { outcome: 'refused', ...complaintOf(this.config, complaint), observed };
    const detail = `${kind} was carried out, and somebody else changed it at once`;
    return { outcome: 'conflict', ...objection('CHANGED_BY_OTHERS', detail), observed };
  }

  private reading(parts: readonly Part[]) {
    return readingOf(this.told.target, this.config, parts, this.deps.now());
  }
}

/** Servers behind HAProxy. */
export const haproxyTarget = targetKind(haproxyTargetSchema, (config, deps, { name, slots }) =>
  createHaproxyTarget(name, config, deps, slots),
);
