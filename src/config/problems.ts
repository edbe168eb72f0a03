import type { z } from 'zod';
import type { Document, LineCounter } from 'yaml';
import { isNode } from 'yaml';

/** One mistake in a policy file, with its place. */
export interface ConfigProblem {
  /** Path in the file, such as `services[1].targets[0].url`. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** Finds the place of a path in the text, or of the nearest thing above it that is there. */
export function locate(
  document: Document,
  counter: LineCounter,
  path: Path,
): { readonly line: number; readonly column: number } {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset !== undefined) {
      const { line, col } = counter.linePos(offset);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

/** Every problem that a schema found, each in words that name the way out. */
export function problemsOf(
  error: z.ZodError,
  above: Path,
  document: Document,
  counter: LineCounter,
): readonly ConfigProblem[] {
  return error.issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code !== 'unrecognized_keys') return [at(path, messageOf(issue), document, counter)];
    return issue.keys.map((key) => at([...path, key], `unknown key "${key}"${nearest(key)}`, document, counter));
  });
}

/** A problem at a path. */
export function at(path: Path, message: string, document: Document, counter: LineCounter): ConfigProblem {
  return { path: pathText(path), message, ...locate(document, counter, path) };
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && 'discriminator' in issue) {
    const kinds = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    return `unknown type${kinds.length > 0 ? `; there is ${kinds.join(', ')}` : ''}`;
  }
  return issue.message;
}

function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

const KNOWN_KEYS = [
  ...[
    'apiVersion',
    'gateway',
    'services',
    'name',
    'environment',
    'mode',
    'pace',
    'targets',
    'metrics',
    'phases',
    'checks',
    'notify',
  ],
  ...[
    'archive',
    'alerts',
    'timing',
    'onHalt',
    'onThinEvidence',
    'onCoupled',
    'labels',
    'type',
    'url',
    'secret',
    'granularity',
    'sticky',
  ],
  ...[
    'endpoints',
    'requests',
    'bad',
    'objective',
    'kind',
    'interval',
    'settle',
    'longestBake',
    'soak',
    'noData',
    'quiet',
    'capacity',
  ],
  ...[
    'approval',
    'reminder',
    'reliefWithin',
    'match',
    'severities',
    'stale',
    'blameWindow',
    'coolDown',
    'knownGood',
    'select',
    'weight',
  ],
  ...['host', 'port', 'tokens', 'alertSources'],
];

/** The known key that is closest, when one is close enough to have been meant. */
function nearest(key: string): string {
  const ranked = KNOWN_KEYS.map((known) => ({ known, distance: editDistance(key.toLowerCase(), known.toLowerCase()) }));
  const best = ranked.reduce((a, b) => (b.distance < a.distance ? b : a));
  return best.distance <= Math.max(2, Math.floor(key.length / 3)) ? `; did you mean "${best.known}"?` : '';
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
