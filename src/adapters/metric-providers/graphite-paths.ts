import { z } from 'zod';
import { TerminalError } from '../../ports';

const LITERAL = String.raw`[\w:@%+~#-]`;
const GLOB = String.raw`\*|\?|\{(?:${LITERAL}|[*?])+(?:,(?:${LITERAL}|[*?])+)+\}`;
const PLACEHOLDER = String.raw`\{(?:revision|target|instance)\}`;
const TOKENS = new RegExp(`${PLACEHOLDER}|${GLOB}|${LITERAL}+`, 'g');
const NODE = new RegExp(`^(?:${PLACEHOLDER}|${GLOB}|${LITERAL})+$`);

/**
 * The path of a metric: nodes between dots, with the placeholders `{revision}`, `{target}` and `{instance}` and the globs
 * `*`, `?` and `{a,b}`. Functions of Graphite are refused: averages and rates are no counts.
 */
export const pathField = z.string().superRefine((path, context) => {
  const message = problemOf(path);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** What is sent in place of characters that a revision or target has and a path cannot hold, by character. */
export const replaceField = z.record(
  z.string().length(1),
  z.string().regex(/^[\w-]*$/, 'must be letters, digits, _ or -'),
);

/** What stands for the placeholders of a path; names as the policy has them. */
export interface PathValues {
  readonly revision: string;
  readonly target: string;
}

function problemOf(path: string): string | undefined {
  const nodes = path.split('.');
  const wrong = nodes.find((node) => !NODE.test(node));
  if (wrong !== undefined)
    return `has a node "${wrong}"; a node is letters, digits, _ : @ % + ~ # -, {revision}, {target}, {instance}, * ? {a,b}, and no function`;
  if (!path.includes('{revision}')) return 'has no {revision}, so both revisions would be counted together';
  if (path.split('{instance}').length > 2) return 'has {instance} more than once';
  // `{revision}*` would read v10 for v1.
  const wide = nodes.find((node) => new RegExp(PLACEHOLDER).test(node) && tokensOf(node).some(isGlob));
  return wide === undefined ? undefined : `has a glob beside a placeholder in "${wide}", which would match others too`;
}

/** Whether it holds a glob, so that several series are added up. */
export function hasGlob(path: string): boolean {
  return tokensOf(path).some(isGlob);
}

/**
 * The path to ask for. Throws `METRICS_MISCONFIGURED` for a value that would not be one piece of a node: a dot would part
 * it, a glob would widen it.
 */
export function askedPath(path: string, values: PathValues, replace: Readonly<Record<string, string>>): string {
  return tokensAndDots(path)
    .map((token) => {
      if (token === '{instance}') return '*';
      if (token === '{revision}') return placeable('revision', values.revision, replace);
      return token === '{target}' ? placeable('target', values.target, replace) : token;
    })
    .join('');
}

/** What `{instance}` stands for in a path that was answered, empty without one; undefined where it was not asked for. */
export function instanceIn(
  path: string,
  values: PathValues,
  replace: Readonly<Record<string, string>>,
  answered: string,
): string | undefined {
  const { revision, target } = values;
  const pattern = tokensAndDots(path).map((token) => {
    if (token === '{instance}') return '(?<instance>[^.]+)';
    if (token === '{revision}') return literally(placeable('revision', revision, replace));
    if (token === '{target}') return literally(placeable('target', target, replace));
    return isGlob(token) ? globbed(token) : literally(token);
  });
  const found = new RegExp(`^${pattern.join('')}$`).exec(answered);
  return found ? (found.groups?.['instance'] ?? '') : undefined;
}

function placeable(what: 'revision' | 'target', value: string, replace: Readonly<Record<string, string>>): string {
  const placed = Array.from(value, (each) => (Object.hasOwn(replace, each) ? (replace[each] ?? each) : each));
  const odd = placed.find((each) => each !== '' && !new RegExp(`^${LITERAL}+$`).test(each));
  if (odd !== undefined)
    throw new TerminalError(
      'METRICS_MISCONFIGURED',
      `the ${what} "${value}" has "${odd}", which no node of a Graphite path can hold; "replace" says what is sent in its place`,
    );
  if (placed.join('') !== '') return placed.join('');
  throw new TerminalError('METRICS_MISCONFIGURED', `nothing is left of the ${what} "${value}" in a Graphite path`);
}

function tokensOf(path: string): readonly string[] {
  return path.match(TOKENS) ?? [];
}

function tokensAndDots(path: string): readonly string[] {
  return path.split('.').flatMap((node, index) => [...(index === 0 ? [] : ['.']), ...tokensOf(node)]);
}

function isGlob(token: string): boolean {
  return /^(?:\*|\?|\{.*,.*\})$/.test(token);
}

function globbed(token: string): string {
  if (token === '*') return '[^.]*';
  if (token === '?') return '[^.]';
  const choices = token.slice(1, -1).split(',');
  return `(?:${choices.map((choice) => Array.from(choice, (each) => (isGlob(each) ? globbed(each) : literally(each))).join('')).join('|')})`;
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
