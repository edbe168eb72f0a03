import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { ConfigProblem } from './problem';
import { pathText } from './problem';

/** A place in the text; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Every one of a thousand services may lean on a few anchors; a text that grows without bound goes far beyond. */
const MOST_ALIASES = 20_000;

/** The YAML of a policy file, its values, and where each of them is written. */
export class PolicyText {
  readonly file: string;
  /** The plain values; undefined when the text is no YAML. */
  readonly raw: unknown;
  /** Problems of the YAML itself, by the path of the stanza that they spoil; `[]` spoils everything. */
  readonly broken: readonly { readonly path: readonly PropertyKey[]; readonly problem: ConfigProblem }[];
  private readonly document: Document;
  private readonly counter = new LineCounter();

  constructor(text: string, file: string) {
    this.file = file;
    this.document = parseDocument(text, { lineCounter: this.counter, merge: true, prettyErrors: false });
    const broken = [...this.document.errors, ...this.document.warnings].map((error) => {
      // A key that is written twice leaves the rest readable.
      const path = error.code === 'DUPLICATE_KEY' ? this.stanzaAt(error.pos[0]) : [];
      return { path, problem: { path: pathText(path), message: error.message, ...this.place(error.pos[0]) } };
    });
    const read = this.read(broken.some((entry) => entry.path.length === 0));
    this.raw = read.raw;
    this.broken = [...broken, ...read.broken];
  }

  /** A problem at a path; a path that is not in the text is placed at the nearest thing above it that is. */
  problem(path: readonly PropertyKey[], message: string, on: 'key' | 'value' = 'value'): ConfigProblem {
    return { path: pathText(path), message, ...this.locate(path, on) };
  }

  /** Where a path is written. */
  locate(path: readonly PropertyKey[], on: 'key' | 'value' = 'value'): Place {
    let node: unknown = this.document.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const part of path) {
      const inner = this.member(node, part);
      if (!inner) return this.place(offset);
      node = inner.value;
      offset = inner.offset;
    }
    const ownOffset = isScalar(node) || isAlias(node) ? node.range?.[0] : undefined;
    return this.place(on === 'value' ? (ownOffset ?? offset) : offset);
  }

  /** The value at a path, or undefined. */
  valueAt(path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>((value, part) => memberOf(value, part), this.raw);
  }

  private member(node: unknown, part: PropertyKey): { readonly value: unknown; readonly offset: number } | undefined {
    const inside = isAlias(node) ? node.resolve(this.document) : node;
    if (isSeq(inside)) {
      const value = inside.items[Number(part)];
      return isNode(value) ? { value, offset: value.range?.[0] ?? 0 } : undefined;
    }
    if (!isMap(inside)) return undefined;
    const pair = inside.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
    return isScalar(pair?.key) ? { value: pair?.value, offset: pair.key.range?.[0] ?? 0 } : undefined;
  }

  /** The service that the offset lies in, or nothing in particular. */
  private stanzaAt(offset: number): readonly PropertyKey[] {
    const services: unknown = this.document.get('services', true);
    if (!isSeq(services)) return [];
    const index = services.items.findIndex((item) => {
      const range = isNode(item) ? item.range : undefined;
      return range && range[0] <= offset && offset < range[2];
    });
    return index < 0 ? [] : ['services', index];
  }

  private read(isBroken: boolean): { readonly raw: unknown; readonly broken: PolicyText['broken'] } {
    if (isBroken) return { raw: undefined, broken: [] };
    try {
      return { raw: this.document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown, broken: [] };
    } catch (error) {
      // Too many aliases: a text that grows without bound when it is read.
      const message = error instanceof Error ? error.message : String(error);
      return { raw: undefined, broken: [{ path: [], problem: { path: '', message, line: 1, column: 1 } }] };
    }
  }

  private place(offset: number): Place {
    const { line, col } = this.counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** A member of whatever may be an object or a list. */
export function memberOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<PropertyKey, unknown>>)[key];
}

/** The member as a list; empty when it is none. */
export function listOf(value: unknown, key: PropertyKey): readonly unknown[] {
  const member = memberOf(value, key);
  return Array.isArray(member) ? member : [];
}
