import type { z } from 'zod';
import type { ServicePolicy } from '../domain/policy/policy';
import { crossChecks } from './cross-checks';
import { DEFAULTS } from './defaults';
import { listOf, memberOf } from './policy-text';
import type { PolicyText } from './policy-text';
import type { ConfigProblem } from './problem';
import { problemsOf } from './problems';
import { ownKeys, serviceSchema } from './schema';
import { withWholeMetrics } from './short-metrics';
import { canonicalJson, toPolicy } from './to-policy';

/** A stanza as it was read: its policy, or what is wrong with it. */
export interface ReadService {
  /** Place in the file's list, from 0. */
  readonly index: number;
  readonly name: string;
  readonly environment: string;
  readonly policy?: ServicePolicy;
  /** Empty exactly where there is a policy. */
  readonly problems: readonly ConfigProblem[];
}

/** Reads every stanza for itself, then side by side: what is wrong with one leaves the others in service. */
export function readServices(text: PolicyText): readonly ReadService[] {
  const shared = new Set<string>();
  const names = listOf(text.raw, 'services').map(identityOf);
  return names.map((identity, index) => {
    const at = ['services', index];
    const whole = withWholeMetrics(text, at);
    const parsed = serviceSchema.safeParse(whole.entry);
    const problems = [
      ...whole.problems,
      ...(parsed.success ? [] : schemaProblems(parsed.error.issues, text, at)),
      ...crossChecks(text, at),
      ...text.broken.filter((entry) => entry.path[1] === index).map((entry) => entry.problem),
      ...twinProblems(text, names, index),
      ...sharedProblems(text, index, shared),
    ];
    const policy = parsed.success && problems.length === 0 ? { policy: toPolicy(parsed.data, text.file) } : {};
    return { index, ...identity, ...policy, problems: problems.toSorted((a, b) => a.line - b.line) };
  });
}

function identityOf(entry: unknown, index: number): { readonly name: string; readonly environment: string } {
  const [name, environment] = [memberOf(entry, 'name'), memberOf(entry, 'environment')];
  return {
    name: typeof name === 'string' ? name : `services[${index}]`,
    environment: typeof environment === 'string' ? environment : DEFAULTS.environment,
  };
}

/** Where an adapter's type is unknown its schema is too, but our own keys can still be read. */
function schemaProblems(
  issues: readonly z.core.$ZodIssue[],
  text: PolicyText,
  at: readonly PropertyKey[],
): readonly ConfigProblem[] {
  const own = issues.flatMap(({ code, path }) => {
    const [list, index, key] = path;
    if (code !== 'invalid_union' || key !== 'type' || (list !== 'targets' && list !== 'metrics') || index === undefined)
      return [];
    const above = [...at, list, index];
    const schema = ownKeys[list];
    const parsed = schema.safeParse(text.valueAt(above));
    return parsed.success ? [] : problemsOf(parsed.error.issues, { schema, above, text });
  });
  return [...problemsOf(issues, { schema: serviceSchema, above: at, text }), ...own];
}

/** Two stanzas for the same service in the same environment: nobody can know which is meant, so neither is used. */
function twinProblems(
  text: PolicyText,
  names: readonly { readonly name: string; readonly environment: string }[],
  index: number,
): readonly ConfigProblem[] {
  const own = names[index];
  const twins = names.filter((other) => other.name === own?.name && other.environment === own.environment);
  if (!own || twins.length < 2) return [];
  const message = `${own.environment}/${own.name} is described ${twins.length} times; keep one`;
  return [text.problem(['services', index, 'name'], message)];
}

/** Two services must not move the same target: the earlier stanza keeps it. */
function sharedProblems(text: PolicyText, index: number, seen: Set<string>): readonly ConfigProblem[] {
  const entry = text.valueAt(['services', index]);
  const targets = listOf(entry, 'targets').map((target) => {
    const own: Readonly<Record<string, unknown>> = { ...(typeof target === 'object' ? target : {}) };
    const { labels: _labels, prepare: _prepare, ...address } = own;
    return canonicalJson({ name: memberOf(entry, 'name'), ...address });
  });
  const problems = targets.flatMap((target, position) =>
    seen.has(target)
      ? [
          text.problem(
            ['services', index, 'targets', position],
            'is a target of an earlier service too; two must not move it',
          ),
        ]
      : [],
  );
  for (const target of targets) seen.add(target);
  return problems;
}
