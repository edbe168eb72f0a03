import { z } from 'zod';
import { TerminalError } from '../../ports';

const LITERAL = String.raw`[\w:@%+~#-]`;
const GLOB = String.raw`\*|\?|\{(?:${LITERAL}|[*?])+(?:,(?:${LITERAL}|[*?])+)+\}`;
const LABEL = String.raw`\{label:[\w-]+\}`;
const PLACEHOLDER = String.raw`\{(?:revision|target|instance)\}|${LABEL}`;
const TOKENS = new RegExp(`${PLACEHOLDER}|${GLOB}|${LITERAL}+`, 'g');
const NODE = new RegExp(`^(?:${PLACEHOLDER}|${GLOB}|${LITERAL})+$`);

/** Labels that each part of a metric has by itself. */
const TAKEN: readonly string[] = ['revision', 'target', 'instance'];

/**
 * The path of a metric: nodes between dots, with the placeholders `{revision}`, `{target}`, `{instance}` and `{label:name}`,
 * and the globs `*`, `?` and `{a,b}`. Functions of Graphite are refused: averages and rates are no counts.
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
    return `has a node "${wrong}"; a node is letters, digits, _ : @ % + ~ # -, {revision}, {target}, {instance}, {label:name}, * ? {a,b}, and no function`;
  if (!path.includes('{revision}')) return 'has no {revision}, so both revisions would be counted together';
  if (path.split('{instance}').length > 2) return 'has {instance} more than once';
  const labels = labelsOf(path);
  const taken = labels.find((label) => TAKEN.includes(label));
  if (taken !== undefined) return `has {label:${taken}}, which is {${taken}}`;
  if (new Set(labels).size < labels.length) return 'has a label more than once';
  // `{revision}-{label:route}` would read a route of v1-5 for one of v1.
  const shared = nodes.find((node) => new RegExp(LABEL).test(node) && !new RegExp(`^${LABEL}$`).test(node));
  if (shared !== undefined) return `has a label in a part of a node, "${shared}"; it has to be all of it`;
  // `{revision}*` would read v10 for v1.
  const wide = nodes.find((node) => new RegExp(PLACEHOLDER).test(node) && tokensOf(node).some(isGlob));
  return wide === undefined ? undefined : `has a glob beside a placeholder in "${wide}", which would match others too`;
}

/** The names of its labels, whose values are nodes of what is answered. */
export function labelsOf(path: string): readonly string[] {
  return tokensOf(path).flatMap((token) => labelIn(token) ?? []);
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
      if (token === '{instance}' || labelIn(token) !== undefined) return '*';
      if (token === '{revision}') return placeable('revision', values.revision, replace);
      return token === '{target}' ? placeable('target', values.target, replace) : token;
    })
    .join('');
}

/**
 * What `{instance}` and the labels of a path stand for in one that was answered, by their names and in their order; undefined
 * where it was not asked for.
 */
export function nodesIn(
  path: string,
  values: PathValues,
  replace: Readonly<Record<string, string>>,
  answered: string,
): Readonly<Record<string, string>> | undefined {
  const { revision, target } = values;
  const names: string[] = [];
  const pattern = tokensAndDots(path).map((token) => {
    const name = token === '{instance}' ? 'instance' : labelIn(token);
    if (name !== undefined) {
      names.push(name);
      return '([^.]+)';
    }
    if (token === '{revision}') return literally(placeable('revision', revision, replace));
    if (token === '{target}') return literally(placeable('target', target, replace));
    return isGlob(token) ? globbed(token) : literally(token);
  });
  const found = new RegExp(`^${pattern.join('')}$`).exec(answered);
  return found ? Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? ''])) : undefined;
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

function labelIn(token: string): string | undefined {
  return /^\{label:(.+)\}$/.exec(token)?.[1];
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
