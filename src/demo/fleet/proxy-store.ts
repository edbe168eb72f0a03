import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { EffectRecord } from './types';

/** Largest (epoch, number) accepted for one operation. */
interface Fence {
  readonly epoch: number;
  readonly number: number;
}

/** What an accepted Idempotency-Key stands for. */
export interface RememberedKey {
  /** The body it came with, in one canonical form. */
  readonly fingerprint: string;
  /** The final answer's body; absent while a `prepare` is still starting instances. */
  readonly answer?: object;
  /** What a `prepare` waits for. */
  readonly awaited?: { readonly revision: string; readonly share: number };
}

/** What a proxy must know again after a restart. */
export interface ProxyState {
  /** Percent of traffic on the old revision. */
  readonly weight: number;
  /** What users are hashed with; empty until the first shift of the first rollback. */
  readonly salt: string;
  /** Percent of full capacity that was asked for, by revision. */
  readonly wanted: Readonly<Record<string, number>>;
  readonly fences: Readonly<Partial<Record<'prepare' | 'shift', Fence>>>;
  readonly keys: Readonly<Record<string, RememberedKey>>;
  /** Effects applied since the state began; the journal has as many lines. */
  readonly effects: number;
  readonly lastEffect?: EffectRecord;
}

const KEYS_KEPT = 500;

/**
 * The proxy's state file and its effects journal. A change is on disk before it is in force, and the journal
 * gets its line right after: one that was lost to a kill in between is written at the next start.
 */
export class ProxyStore {
  private current: ProxyState;
  private readonly statePath: string;
  private readonly journalPath: string;

  /** Reads the state back, or begins with the given one. */
  constructor(statePath: string, journalPath: string, initial: ProxyState) {
    this.statePath = statePath;
    this.journalPath = journalPath;
    // Only this class writes the file, and always whole.
    this.current = existsSync(statePath) ? (JSON.parse(readFileSync(statePath, 'utf8')) as ProxyState) : initial;
    const { effects, lastEffect } = this.current;
    if (lastEffect !== undefined && readEffects(journalPath).length < effects) this.append(lastEffect);
  }

  /** What is in force. */
  get state(): ProxyState {
    return this.current;
  }

  /** Puts the change in force, with the effect it is, if it is one. */
  commit(change: Partial<ProxyState>, effect?: EffectRecord): void {
    const merged = { ...this.current, ...change };
    const entries = Object.entries(merged.keys);
    const next: ProxyState = {
      ...merged,
      keys: Object.fromEntries(entries.slice(-KEYS_KEPT)),
      ...(effect === undefined ? {} : { effects: merged.effects + 1, lastEffect: effect }),
    };
    const draft = `${this.statePath}.next`;
    writeFileSync(draft, JSON.stringify(next));
    renameSync(draft, this.statePath);
    this.current = next;
    if (effect !== undefined) this.append(effect);
  }

  private append(effect: EffectRecord): void {
    appendFileSync(this.journalPath, `${JSON.stringify(effect)}\n`);
  }
}

/** The effects in a journal file, in the order they were made; none when there is no file. */
export function readEffects(journalPath: string): EffectRecord[] {
  if (!existsSync(journalPath)) return [];
  const lines = readFileSync(journalPath, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as EffectRecord);
}
