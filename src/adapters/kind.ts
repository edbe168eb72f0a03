import { z } from 'zod';
import { nearest } from '../domain/plan';
import type { AdapterConfig } from '../domain/policy/policy';
import { TerminalError } from '../ports';
import type { PortErrorCode } from '../ports';
import type { AdapterDependencies } from './dependencies';

/** What the policy file says of one kind of adapter: an object that is told from others by its `type`. */
type KindSchema = z.ZodObject<{ readonly type: z.ZodLiteral<string> }>;

/** One kind of adapter, as its family holds it. */
export interface Kind<Port, Extra> {
  readonly schema: KindSchema;
  readonly make: (config: never, deps: AdapterDependencies, extra: Extra) => Port;
}

/**
 * Declares kinds of adapter for a port: a vendor's schema, and how one is made of what it accepts. `Extra` is what the
 * factories of that port are given beside the dependencies of all.
 */
export function kindsOf<Port, Extra = undefined>() {
  return <Schema extends KindSchema>(
    schema: Schema,
    make: (config: z.infer<Schema>, deps: AdapterDependencies, extra: Extra) => Port,
  ): Kind<Port, Extra> & { readonly schema: Schema } => ({ schema, make });
}

/** Every kind of adapter for one port. */
export interface Family<Port, Extra> {
  /** What any of them accepts, told apart by `type`. */
  readonly schema: z.ZodDiscriminatedUnion<readonly [KindSchema, ...KindSchema[]]>;
  /**
   * Makes the one that a config names. A policy in an old run may be older than the schema, so it is read again: what no
   * schema accepts throws a `TerminalError` that names places, never values.
   */
  readonly make: (config: AdapterConfig, deps: AdapterDependencies, extra: Extra) => Port;
}

/** The kinds that an index exports, as a family. `called` is what errors call one of it, `code` is theirs. */
export function familyOf<Port, Extra>(
  { called, code }: { readonly called: string; readonly code: PortErrorCode },
  kinds: Readonly<Record<string, Kind<Port, Extra>>>,
): Family<Port, Extra> {
  const byType = new Map<string, Kind<Port, Extra>>();
  for (const kind of Object.values(kinds)) {
    const type = kind.schema.shape.type.value;
    if (byType.has(type)) throw new Error(`two kinds of ${called} are of type "${type}"`);
    byType.set(type, kind);
  }
  const types = [...byType.keys()].toSorted();
  const [first, ...rest] = types.flatMap((type) => byType.get(type)?.schema ?? []);
  if (!first) throw new Error(`there is no ${called}`);
  return {
    schema: z.discriminatedUnion('type', [first, ...rest]),
    make(config, deps, extra) {
      const kind = byType.get(config.type);
      if (!kind) throw new TerminalError(code, `unknown ${called} type "${config.type}"${hint(config.type, types)}`);
      const parsed = kind.schema.safeParse(config);
      // The schema is the one that the factory was declared with.
      if (parsed.success) return kind.make(parsed.data as never, deps, extra);
      const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || config.type}: ${message}`);
      throw new TerminalError(code, `${called} ${config.type} is not configured right: ${problems.join('; ')}`);
    },
  };
}

function hint(type: string, types: readonly string[]): string {
  const meant = nearest(type, types);
  return meant ? `, did you mean "${meant}"?` : `; there are ${types.join(', ')}`;
}
