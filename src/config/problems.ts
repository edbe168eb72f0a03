import type { z } from 'zod';
import { nearest } from '../domain/plan';
import type { PolicyText } from './policy-text';
import { memberOf } from './policy-text';
import type { ConfigProblem } from './problem';
import { keysAt } from './schema-keys';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** A schema that was read at a path of a file. */
interface Reading {
  readonly schema: z.ZodType;
  readonly above: Path;
  readonly text: PolicyText;
}

/** Longest list of keys that is shown where no key is near. */
const SHOWN_KEYS = 12;

/** Every problem that a schema found in what stands at `above`, each in words that name the way out. */
export function problemsOf(issues: readonly Issue[], reading: Reading): readonly ConfigProblem[] {
  return issues.flatMap((issue) => inWords(issue, reading));
}

function inWords(issue: Issue, reading: Reading): readonly ConfigProblem[] {
  const { above, text } = reading;
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => text.problem([...path, key], unknownKey(key, issue.path, reading), 'key'));
  }
  if (issue.code === 'invalid_key') {
    return [text.problem(path, issue.issues.map((inner) => inner.message).join('; '), 'key')];
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return closest(issue.errors).flatMap((inner) =>
      inWords({ ...inner, path: [...issue.path, ...inner.path] }, reading),
    );
  }
  return [text.problem(path, messageOf(issue, text.valueAt(path)))];
}

/** The option of a union that the value misses by least. */
function closest(options: readonly (readonly Issue[])[]): readonly Issue[] {
  const weight = (issues: readonly Issue[]): number =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : 1), 0);
  return options.reduce((best, option) => (weight(option) < weight(best) ? option : best));
}

function unknownKey(key: string, path: Path, { schema, above, text }: Reading): string {
  return keyText(key, keysAt(schema, text.valueAt(above), path));
}

/** A key that is none of these, with the one that may be meant. */
export function keyText(key: string, keys: readonly string[]): string {
  const meant = nearest(key, keys);
  if (meant !== undefined) return `unknown key "${key}"; did you mean "${meant}"?`;
  const list = keys.length > 0 && keys.length <= SHOWN_KEYS ? `; there is ${keys.join(', ')}` : '';
  return `unknown key "${key}"${list}`;
}

/** What a schema finds wrong with a value, in words that name the way out; keys that it does not know apart. */
export function messageOf(issue: Issue, value: unknown): string {
  // A schema that says something of its own says it better.
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (issue.code === 'invalid_type') {
    return value === undefined || value === null
      ? `is missing; it must be ${article(issue.expected)}`
      : `must be ${article(issue.expected)}, not ${article(Array.isArray(value) ? 'array' : typeof value)}`;
  }
  if (issue.code === 'invalid_value') return oneOf('value', value, issue.values.map(String));
  if (issue.code === 'invalid_union') return oneOf('type', value, optionsOf(issue));
  return issue.message;
}

function optionsOf(issue: Issue): readonly string[] {
  const options = memberOf(issue, 'options');
  return Array.isArray(options) ? options.map(String) : [];
}

function oneOf(kind: string, value: unknown, options: readonly string[]): string {
  const list = options.join(', ');
  if (value === undefined || value === null) return `is missing; there is ${list}`;
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  const meant = nearest(written, options);
  return `unknown ${kind} "${written}"; ${meant === undefined ? `there is ${list}` : `did you mean "${meant}"?`}`;
}

const NAMES: Readonly<Record<string, string>> = {
  record: 'a map',
  object: 'a map',
  array: 'a list',
  int: 'a whole number',
  string: 'a text',
};

function article(type: string): string {
  return NAMES[type] ?? `a ${type}`;
}
