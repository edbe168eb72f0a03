import { resolve } from 'node:path';
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
import { urlField } from '../fields';
import { changeFile, readWhole } from '../locked-file';
import type { Change } from '../locked-file';
import { outsideText } from '../outside-text';
import { targetKind } from '../kinds';
import {
  conflictOf,
  isKept,
  lateFor,
  readRecord,
  RECORD_KEY,
  recordText,
  revisionNamed,
  standsAgainst,
} from './flag-effect';
import type { FlagRecord } from './flag-effect';
import { nginxByHand } from './nginx-script';
import { NginxServer } from './nginx-server';
import { noteIn, PREPARED_KEY, readSplit, shareOf, writeSplit } from './nginx-split';
import type { Split } from './nginx-split';
import { onFile } from './target-file';

const MOST_BYTES = 1024 * 1024;
const TOLERANCE = 0.005;
/** Less than what a lock is taken for a dead writer's after. */
const LONGEST_MS = 5_000;

const commandField = z.array(z.string().min(1)).min(1);

/** A file with `split_clients` that NGINX includes; two upstreams hold the revisions in turn. */
export const nginxTargetSchema = z.strictObject({
  type: z.literal('nginx'),
  file: z.string().min(1).describe('the file that NGINX includes, with one split_clients; every worker can write it'),
  state: urlField.describe('where NGINX itself returns $<variable>_state of that file'),
  upstreams: z
    .record(z.string().regex(/^[\w.:-]+$/), z.array(urlField).min(1))
    .refine((upstreams) => Object.keys(upstreams).length === 2, 'must name exactly the two upstreams of the split')
    .describe('the two upstreams, each with an address per server that answers 2xx while that server is up'),
  test: commandField.default(['nginx', '-t']).describe('program and arguments; no shell reads them'),
  reload: commandField.default(['nginx', '-s', 'reload']).describe('program and arguments; no shell reads them'),
  environment: z.array(z.string()).default(['PATH']).describe('names of variables that the programs get'),
});

type NginxTargetConfig = z.infer<typeof nginxTargetSchema>;

/** The split of a file, changed under a lock, tested and reloaded, and believed once NGINX itself answers with it. */
export function createNginxTarget(
  name: string,
  config: NginxTargetConfig,
  deps: AdapterDependencies,
): DeploymentTarget {
  return new NginxTarget(name, config, deps);
}

interface Pair {
  readonly from: string;
  readonly to: string;
}

class NginxTarget implements DeploymentTarget, Scripted {
  private readonly name: string;
  private readonly config: NginxTargetConfig;
  private readonly deps: AdapterDependencies;
  private readonly path: string;
  private readonly upstreams: readonly [string, string];
  private readonly server: NginxServer;

  constructor(name: string, config: NginxTargetConfig, deps: AdapterDependencies) {
    this.name = name;
    this.config = config;
    this.deps = deps;
    this.path = resolve(config.file);
    const [one = '', other = ''] = Object.keys(config.upstreams);
    this.upstreams = [one, other];
    this.server = new NginxServer(name, config);
  }

  capabilities(): ReturnType<DeploymentTarget['capabilities']> {
    return { granularity: 'percent', sticky: true, fenced: true };
  }

  async check(revision: RevisionPair, signal: AbortSignal): ReturnType<DeploymentTarget['check']> {
    const { split } = await this.served(signal);
    const pair = this.pairOf(split, revision);
    if ('code' in pair) return { ok: false, ...this.said(pair) };
    const complaint = await this.server.complaint(limitedTo(signal, LONGEST_MS));
    if (complaint !== undefined) return { ok: false, ...this.said(notTaken(complaint)) };
    return { ok: true, detail: this.says(`can move to ${revision.to}`) };
  }

  async observe(signal: AbortSignal): Promise<TargetReading> {
    const { split, told } = await this.served(signal);
    if (told !== split.state)
      throw new RetryableError(
        'TARGET_UNREACHABLE',
        this.says(`NGINX answers ${told} and the file says ${split.state}: reload it, ${this.config.reload.join(' ')}`),
      );
    return this.readingOf(split, signal);
  }

  /** NGINX starts no servers: whoever releases has them up. */
  async prepare(request: PrepareRequest, signal: AbortSignal): Promise<EffectResult> {
    const { revision } = request;
    const { split } = await this.served(signal);
    const pair = this.pairOf(split, revision);
    if ('code' in pair) return { outcome: 'refused', ...this.said(pair) };
    // Kept whether anything is up or not: a hook may be asked to start it after this.
    const late = await this.inFile(limitedTo(signal, LONGEST_MS), (text) => this.prepared(text, request));
    if (late !== undefined) return { outcome: 'conflict', ...this.said(late) };
    const observed = await this.readingOf(split, signal);
    const up = observed.revisions.find((entry) => entry.revision === revision.to)?.readyInstances ?? 0;
    const all = this.config.upstreams[pair.to]?.length ?? 0;
    const detail = this.says(`${up} of ${all} servers of ${pair.to} are up with ${revision.to}`);
    if (up === 0)
      return { outcome: 'refused', code: 'NO_CAPACITY', detail: `${detail}: start them, NGINX does not`, observed };
    return { outcome: 'alreadyInState', detail, observed };
  }

  async shift(request: ShiftRequest, signal: AbortSignal): Promise<EffectResult> {
    const bound = limitedTo(signal, LONGEST_MS);
    // Asked before anything is changed, so that an NGINX which cannot be asked is one which was not changed.
    const { split } = await this.served(bound);
    const { revisions } = await this.readingOf(split, bound);
    const dead = revisions.filter(({ readyInstances }) => readyInstances === 0).flatMap(({ knownAs }) => knownAs);
    const result = await this.inFile(
      bound,
      (text) => this.changed(text, request, dead),
      () => this.takenUp(bound),
    );
    if (result.outcome !== 'done' && result.outcome !== 'alreadyInState') return result;
    return this.converged(result, bound);
  }

  async script({ revision, weights }: ScriptQuestion): Promise<TargetScript> {
    const text = await onFile(
      (what) => this.says(what),
      () => readWhole(this.path, MOST_BYTES),
    );
    const split = this.open(text);
    const pair = this.pairOf(split, revision);
    if ('code' in pair) throw new TerminalError('TARGET_MISCONFIGURED', this.says(objectionText(pair)));
    const server = { ...this.config, path: this.path };
    return nginxByHand(this.name, server, text, split, { upstream: pair.to, weights });
  }

  private changed(text: string, request: ShiftRequest, dead: readonly string[]): Change<EffectResult> {
    const split = this.open(text);
    const record = this.recordIn(split, RECORD_KEY);
    const pair = this.pairOf(split, request.revision);
    if ('code' in pair) return { result: { outcome: 'refused', ...this.said(pair) } };
    const have = shareOf(split, pair.to);
    const there = Math.abs(have - request.desired) <= TOLERANCE;
    const late = lateFor(request, this.recordIn(split, PREPARED_KEY));
    const conflict = late ?? conflictOf(request, record, have, there);
    if (conflict !== undefined) return { result: { outcome: 'conflict', ...this.said(conflict) } };
    if (isKept(request, record)) return { result: { outcome: 'alreadyInState', detail: this.says('was done before') } };
    const receiver = request.desired > have ? pair.to : pair.from;
    if (!there && dead.includes(receiver)) {
      const detail = this.says(`no server of ${receiver} is up: start them first`);
      return { result: { outcome: 'refused', code: 'NO_CAPACITY', detail } };
    }
    const change = { upstream: pair.to, share: request.desired, record: recordText(request, split.rest) };
    const next = writeSplit(text, split, change);
    if (there) return { text: next, result: { outcome: 'alreadyInState', detail: this.says('nothing to change') } };
    return { text: next, result: { outcome: 'done' } };
  }

  /** Leaves the number of a `prepare` in a comment, which changes nothing of what is served. */
  private prepared(text: string, request: PrepareRequest): Change<Objection | undefined> {
    const split = this.open(text);
    const record = this.recordIn(split, PREPARED_KEY);
    const late = lateFor(request, this.recordIn(split, RECORD_KEY)) ?? standsAgainst(request, record);
    if (late !== undefined || isKept(request, record)) return { result: late };
    return { text: noteIn(text, split, PREPARED_KEY, recordText(request)), result: undefined };
  }

  private recordIn({ values }: Split, key: string): FlagRecord | undefined {
    const record = readRecord(values, key);
    if (record !== 'unreadable') return record;
    throw new TerminalError('TARGET_MISCONFIGURED', this.says(`"# ${key}:" is damaged: remove that line`));
  }

  private inFile<Result>(
    signal: AbortSignal,
    change: (text: string) => Change<Result>,
    after?: () => Promise<Result | undefined>,
  ): Promise<Result> {
    return onFile(
      (what) => this.says(what),
      () => changeFile(this.path, MOST_BYTES, signal, change, after),
    );
  }

  /** Tested and told under the lock; the file is put back where NGINX refuses it or surely was not told. */
  private async takenUp(signal: AbortSignal): Promise<EffectResult | undefined> {
    const complaint = await this.server.complaint(signal);
    if (complaint !== undefined) return { outcome: 'refused', ...this.said(notTaken(complaint)) };
    await this.server.reload(signal);
    return undefined;
  }

  /** A reload that was only sent is nothing yet; one that was lost with its worker is sent again. */
  private async converged(result: EffectResult, signal: AbortSignal): Promise<EffectResult> {
    try {
      const { split, told } = await this.served(signal);
      if (told !== split.state && result.outcome === 'alreadyInState') await this.server.reload(signal);
      const because = await this.server.notServing(split.state, signal);
      if (because !== undefined) return { outcome: 'unknown', detail: this.says(because) };
      return { ...result, observed: await this.readingOf(split, signal) };
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      return { outcome: 'unknown', detail: `it is in the file, but not seen in NGINX: ${because}` };
    }
  }

  private async served(signal: AbortSignal): Promise<{ readonly split: Split; readonly told: string }> {
    if (signal.aborted) throw new RetryableError('TARGET_UNREACHABLE', this.says('no time was left to ask'));
    const split = this.open(
      await onFile(
        (what) => this.says(what),
        () => readWhole(this.path, MOST_BYTES),
      ),
    );
    return { split, told: await this.server.state(signal) };
  }

  private open(text: string): Split {
    const split = readSplit(text, this.upstreams);
    if ('problem' in split) throw new TerminalError('TARGET_MISCONFIGURED', this.says(split.problem));
    return split;
  }

  private async readingOf(split: Split, signal: AbortSignal) {
    const revisions = await Promise.all(
      Object.entries(this.config.upstreams).map(async ([upstream, addresses]) => {
        const up = await this.server.up(addresses, signal);
        return {
          revision: revisionNamed(split.values, upstream),
          weight: shareOf(split, upstream),
          readyCapacity: (up * 100) / addresses.length,
          readyInstances: up,
          knownAs: [upstream],
        };
      }),
    );
    return { target: this.name, revisions, at: this.deps.now() };
  }

  private pairOf(split: Split, { from, to }: RevisionPair): Pair | Objection {
    const upstreamOf = (revision: string): string | undefined =>
      this.upstreams.find((upstream) => revisionNamed(split.values, upstream) === revision);
    const pair = { from: upstreamOf(from), to: upstreamOf(to) };
    if (pair.from !== undefined && pair.to !== undefined && pair.from !== pair.to)
      return { from: pair.from, to: pair.to };
    const absent = pair.to === undefined ? to : from;
    const wayOut = `deploy it to one and say so in "# revision.<upstream>: ${absent}", then retry`;
    return { code: 'REVISION_UNKNOWN', detail: `no upstream has ${absent}`, wayOut };
  }

  private said(why: Objection): Objection {
    return { ...why, detail: this.says(why.detail) };
  }

  private says(what: string): string {
    return outsideText(`${this.name}: ${this.path}: ${what}`);
  }
}

function notTaken(complaint: string): Objection {
  return objection('NOT_TAKEN_UP', complaint);
}

/** Upstreams of NGINX. */
export const nginxTarget = targetKind(nginxTargetSchema, (config, deps, { name }) =>
  createNginxTarget(name, config, deps),
);
