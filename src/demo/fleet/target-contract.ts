import type { TargetCode } from '../../domain/plan/objection';
import type { RevisionReading } from '../../domain/plan/census';
import type { ProxyState, ProxyStore, RememberedKey } from './proxy-store';
import { saltFor } from './split';
import { fingerprintOf } from './target-request';
import type { EffectRequest, TargetRequest } from './target-request';
import type { EffectRecord } from './types';

/** An HTTP status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** What the contract needs of the instances it rules over. */
interface Capacity {
  readyCount(revision: string): number;
  /** Begins to start instances; never waits. */
  grow(revision: string, count: number): Promise<void>;
}

/** What a contract is made of. */
export interface ContractParts {
  readonly target: string;
  readonly old: string;
  readonly bad: string;
  readonly fullInstances: number;
  readonly store: ProxyStore;
  readonly capacity: Capacity;
  /** Where to poll for a `prepare` under this key. */
  readonly statusUrl: (key: string) => string;
  readonly now: () => number;
}

/** Instances that can serve this percent of a full set. */
export function instancesFor(share: number, fullInstances: number): number {
  return Math.ceil((share / 100) * fullInstances);
}

/** The target side of the HTTP contract for one region. Every method is synchronous, so no two requests interleave. */
export class TargetContract {
  private readonly parts: ContractParts;

  constructor(parts: ContractParts) {
    this.parts = parts;
  }

  /** Answers a request; `lieWeight` is reported in place of the old revision's weight. */
  handle(request: TargetRequest, key: string | undefined, lieWeight?: number): Answer {
    const { target } = this.parts;
    if (request.target !== target) return refused('OTHER', `this is target ${target}, not ${request.target}`);
    switch (request.operation) {
      case 'observe':
        return this.done('done', lieWeight);
      case 'check':
        return this.unknownRevision(request.revision) ?? this.done('done', lieWeight);
      case 'prepare':
      case 'shift':
        return this.change(request, key, lieWeight);
    }
  }

  /** Answers a poll for an accepted `prepare`. */
  progress(key: string, lieWeight?: number): Answer {
    const remembered = this.parts.store.state.keys[key];
    if (remembered === undefined) return { status: 404, body: { status: 'unknown', detail: `no operation ${key}` } };
    if (remembered.answer !== undefined) return { status: 200, body: remembered.answer };
    // A key without an answer or anything awaited is a change that was cut off before its answer was kept.
    const { revision, share } = remembered.awaited ?? { revision: this.parts.old, share: 0 };
    if (this.readyCapacity(revision) < share) {
      const statusUrl = this.parts.statusUrl(key);
      return { status: 202, body: { status: 'accepted', pollAfterSeconds: 0.25, statusUrl } };
    }
    return this.remember(key, remembered.fingerprint, this.done('done', lieWeight));
  }

  /** What each revision serves and could serve. */
  revisions(lieWeight?: number): RevisionReading[] {
    const { old, bad, store, capacity } = this.parts;
    const weight = lieWeight ?? store.state.weight;
    return [old, bad].map((revision) => ({
      revision,
      weight: revision === old ? weight : 100 - weight,
      readyCapacity: this.readyCapacity(revision),
      readyInstances: capacity.readyCount(revision),
    }));
  }

  /** Sets the old revision's weight as somebody else would: unasked, unfenced. */
  foreignShift(weight: number): void {
    const { store, target, now } = this.parts;
    const before = store.state.weight;
    const by = { rollback: null, epoch: null, number: null };
    store.commit({ weight }, { at: now(), target, operation: 'foreign', ...by, from: before, to: weight });
  }

  private change(request: EffectRequest, key: string | undefined, lieWeight: number | undefined): Answer {
    const unknown = this.unknownRevision(request.revision);
    if (unknown !== undefined) return unknown;
    if (key === undefined) return refused('OTHER', `${request.operation} without an Idempotency-Key`);
    const { keys, fences } = this.parts.store.state;
    const remembered = keys[key];
    if (remembered !== undefined) {
      if (remembered.fingerprint === fingerprintOf(request)) return this.progress(key, lieWeight);
      return this.conflict('OTHER_WISH', `Idempotency-Key ${key} came before with another body`, lieWeight);
    }
    const { epoch, number } = request.effect;
    // Of a later rollback the other kind counts as well.
    const fence = Object.values(fences).find((seen) => seen.epoch > epoch) ?? fences[request.operation];
    if (fence !== undefined && (epoch < fence.epoch || (epoch === fence.epoch && number <= fence.number))) {
      const seen = `(${fence.epoch}, ${fence.number})`;
      return this.conflict(
        'LATE_EFFECT',
        `${request.operation} (${epoch}, ${number}) comes after ${seen} was seen`,
        lieWeight,
      );
    }
    return request.operation === 'prepare'
      ? this.prepare(request, key, lieWeight)
      : this.shift(request, key, request.expected.weight, lieWeight);
  }

  private prepare(request: EffectRequest, key: string, lieWeight: number | undefined): Answer {
    const { store, capacity, fullInstances } = this.parts;
    const revision = request.revision.to;
    const share = request.desired.weight;
    const fingerprint = fingerprintOf(request);
    if (this.readyCapacity(revision) >= share) {
      this.accept(request, key, {});
      return this.remember(key, fingerprint, this.done('alreadyInState', lieWeight));
    }
    const before = store.state.wanted[revision] ?? 0;
    const wanted = { ...store.state.wanted, [revision]: Math.max(before, share) };
    // Instances asked for before and still starting make this a wait, not a change.
    const moved = before < share ? { from: before, to: share } : undefined;
    this.accept(request, key, { wanted }, moved, { revision, share });
    void capacity.grow(revision, instancesFor(share, fullInstances));
    return this.progress(key, lieWeight);
  }

  private shift(request: EffectRequest, key: string, expected: number, lieWeight: number | undefined): Answer {
    const { store, old, target } = this.parts;
    const { from, to } = request.revision;
    const desired = request.desired.weight;
    const current = to === old ? store.state.weight : 100 - store.state.weight;
    const fingerprint = fingerprintOf(request);
    if (current === desired) {
      this.accept(request, key, {});
      return this.remember(key, fingerprint, this.done('alreadyInState', lieWeight));
    }
    if (current !== expected)
      return this.conflict('CHANGED_BY_OTHERS', `${to} has ${current} %, not ${expected} %`, lieWeight);
    const growing = desired > current ? { revision: to, share: desired } : { revision: from, share: 100 - desired };
    const ready = this.readyCapacity(growing.revision);
    if (ready < growing.share) {
      return refused(
        'NO_CAPACITY',
        `${growing.revision} on ${target} has ready capacity ${ready} %, too little for ${growing.share} %`,
      );
    }
    const weight = to === old ? desired : 100 - desired;
    const change = { from: store.state.weight, to: weight };
    this.accept(request, key, { weight, salt: saltFor(store.state, request.rollback) }, change);
    return this.remember(key, fingerprint, this.done('done', lieWeight));
  }

  /** Moves the fence and binds the key, in one write with the change and its journal entry when there is one. */
  private accept(
    request: EffectRequest,
    key: string,
    change: Pick<Partial<ProxyState>, 'weight' | 'salt' | 'wanted'>,
    moved?: Pick<EffectRecord, 'from' | 'to'>,
    awaited?: RememberedKey['awaited'],
  ): void {
    const { store, target, now } = this.parts;
    const { operation, rollback, effect } = request;
    const fences = { ...store.state.fences, [operation]: effect };
    const record = moved && { at: now(), target, operation, rollback, ...effect, ...moved };
    const keys = { ...store.state.keys, [key]: { fingerprint: fingerprintOf(request), ...(awaited && { awaited }) } };
    store.commit({ ...change, fences, keys }, record);
  }

  private remember(key: string, fingerprint: string, answer: Answer): Answer {
    const { store } = this.parts;
    store.commit({ keys: { ...store.state.keys, [key]: { fingerprint, answer: answer.body } } });
    return answer;
  }

  private unknownRevision(pair: { readonly from: string; readonly to: string }): Answer | undefined {
    const { old, bad } = this.parts;
    if ([pair.from, pair.to].toSorted().join() === [old, bad].toSorted().join()) return undefined;
    return refused('REVISION_UNKNOWN', `only ${bad} and ${old} are here, not ${pair.from} and ${pair.to}`);
  }

  private readyCapacity(revision: string): number {
    const { capacity, fullInstances } = this.parts;
    return Math.min(100, (capacity.readyCount(revision) / fullInstances) * 100);
  }

  private done(status: 'done' | 'alreadyInState', lieWeight: number | undefined): Answer {
    return { status: 200, body: { status, observed: { revisions: this.revisions(lieWeight) } } };
  }

  private conflict(code: TargetCode, detail: string, lieWeight: number | undefined): Answer {
    const observed = { revisions: this.revisions(lieWeight) };
    return { status: 409, body: { status: 'conflict', code, detail, observed } };
  }
}

/** The permanent refusal of the contract. */
export function refused(code: TargetCode, detail: string): Answer {
  return { status: 422, body: { status: 'refused', code, detail } };
}
