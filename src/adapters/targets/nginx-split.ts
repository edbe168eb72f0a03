import { createHash } from 'node:crypto';
import { RECORD_KEY } from './flag-effect';

const BLOCK = /^([ \t]*)split_clients\s+("[^"]*"|\S+)\s+\$(\w+)\s*\{([^}]*)\}/gm;
const ENTRY = /^(\*|\d+(?:\.\d{1,2})?%)\s+"?([\w.:-]+)"?$/;
const COMMENT = /^[ \t]*#[ \t]*(revision\.[\w.:-]+|phasedRollback(?:Prepared)?):[ \t]*(.+?)[ \t]*$/gm;
const WHOLE = 100;

/** The comment that keeps the newest `prepare`. */
export const PREPARED_KEY = `${RECORD_KEY}Prepared`;

/** The split of a file that NGINX includes. */
export interface Split {
  readonly variable: string;
  /** Percent that the upstream gets which takes its part first; the rest is the other's. */
  readonly first: string;
  readonly rest: string;
  readonly firstShare: number;
  /** What the file's comments say: `revision.<upstream>`, and the newest effect of each kind. */
  readonly values: Readonly<Record<string, string>>;
  /** What NGINX answers with once it serves this file. */
  readonly state: string;
}

/** What a file says of the two upstreams, or why it cannot be read and what to do about it. */
export function readSplit(text: string, upstreams: readonly [string, string]): Split | { readonly problem: string } {
  const blocks = [...text.matchAll(BLOCK)];
  const [block] = blocks;
  if (!block || blocks.length > 1)
    return { problem: `it has ${blocks.length} blocks of split_clients: keep exactly one in it` };
  const [, , , variable = '', body = ''] = block;
  const state = stateOf(text, variable);
  if (state === undefined)
    return { problem: `it does not say its state: add map $nginx_version $${variable}_state { default none; }` };
  const values = Object.fromEntries([...text.matchAll(COMMENT)].map(([, key = '', value = '']) => [key, value]));
  const shares = readShares(body, upstreams, restOf(values));
  return 'problem' in shares ? shares : { variable, ...shares, values, state };
}

function readShares(
  body: string,
  upstreams: readonly [string, string],
  lastRest: string | undefined,
): Pick<Split, 'first' | 'rest' | 'firstShare'> | { readonly problem: string } {
  const entries = [];
  for (const line of body
    .replace(/#.*$/gm, '')
    .split(';')
    .map((entry) => entry.trim())) {
    if (line === '') continue;
    const [, percent = '', upstream = ''] = ENTRY.exec(line) ?? [];
    if (!upstreams.includes(upstream))
      return { problem: `"${line}" is no share of ${upstreams.join(' or ')}: write it as "25% ${upstreams[0]};"` };
    entries.push({ percent, upstream });
  }
  const rest = entries.at(-1);
  const [first] = entries;
  if (
    !first ||
    rest?.percent !== '*' ||
    entries.length > 2 ||
    (entries.length === 2 && first.upstream === rest.upstream)
  )
    return { problem: 'it does not end with "*", after one other share at most: write it so' };
  const other = upstreams[0] === rest.upstream ? upstreams[1] : upstreams[0];
  if (entries.length === 2) return { first: other, rest: rest.upstream, firstShare: Number.parseFloat(first.percent) };
  // All that is split is with one of them. Who comes first must stay so, or users would cross on the way back.
  return lastRest === other
    ? { first: rest.upstream, rest: other, firstShare: WHOLE }
    : { first: other, rest: rest.upstream, firstShare: 0 };
}

/** Which upstream had what was left, where the newest effect says so. */
function restOf(values: Split['values']): string | undefined {
  const said = /"fallback":"([\w.:-]+)"/.exec(values[RECORD_KEY] ?? '');
  return said?.[1];
}

/** Percent that the upstream gets. */
export function shareOf({ first, firstShare }: Split, upstream: string): number {
  return hundredths(upstream === first ? firstShare : WHOLE - firstShare);
}

/** A share of one upstream; the other has the rest. */
interface Wanted {
  readonly upstream: string;
  readonly share: number;
}

/** The file's text with another share and record; everything else stays as it is. */
export function writeSplit(text: string, split: Split, change: Wanted & { readonly record: string }): string {
  const share = firstShareOf(split, change);
  const lines = share >= WHOLE ? [`*  ${split.first};`] : linesOf(split, share);
  const noted = noteIn(text, split, RECORD_KEY, change.record);
  const block = blockOf(text, lines);
  const moved = noted.replace(BLOCK, () => block);
  return moved.replace(statePattern(split.variable), (_all, before: string) => `${before}${stateFor(block)}; }`);
}

/** The file's text with another value in the comment of that key. */
export function noteIn(text: string, { values }: Split, key: string, value: string): string {
  const line = `# ${key}: ${value}`;
  if (values[key] === undefined) return `${line}\n${text}`;
  return text.replace(new RegExp(`^[ \\t]*#[ \\t]*${key}:.*$`, 'm'), () => line);
}

/**
 * The block with that share and what NGINX answers with once it serves it. The first upstream is named even where it
 * has everything: no record beside it says who had the rest.
 */
export function blockByHand(
  text: string,
  split: Split,
  wanted: Wanted,
): { readonly block: string; readonly state: string } {
  const block = blockOf(text, linesOf(split, firstShareOf(split, wanted)));
  return { block, state: stateFor(block) };
}

function firstShareOf({ first }: Split, { upstream, share }: Wanted): number {
  return hundredths(upstream === first ? share : WHOLE - share);
}

function linesOf({ first, rest }: Split, firstShare: number): readonly string[] {
  return [...(firstShare <= 0 ? [] : [`${firstShare}%  ${first};`]), `*  ${rest};`];
}

/** The file's block with other lines in it. */
function blockOf(text: string, lines: readonly string[]): string {
  const [[, indent = '', key = '', variable = ''] = []] = text.matchAll(BLOCK);
  const body = lines.map((line) => `${indent}    ${line}\n`).join('');
  return `${indent}split_clients ${key} $${variable} {\n${body}${indent}}`;
}

function stateFor(block: string): string {
  return createHash('sha256').update(block).digest('hex').slice(0, 32);
}

function stateOf(text: string, variable: string): string | undefined {
  return statePattern(variable).exec(text)?.[2];
}

function statePattern(variable: string): RegExp {
  return new RegExp(
    `^([ \\t]*map\\s+\\$\\w+\\s+\\$${variable}_state\\s*\\{\\s*default\\s+)"?(\\w+)"?\\s*;\\s*\\}`,
    'm',
  );
}

function hundredths(value: number): number {
  return Math.round(value * WHOLE) / WHOLE;
}
