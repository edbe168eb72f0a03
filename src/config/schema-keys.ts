import { z } from 'zod';
import { memberOf } from './policy-text';

/** The keys that a schema allows at a path of a value, for naming the nearest one; none where it is no object. */
export function keysAt(schema: unknown, value: unknown, path: readonly PropertyKey[]): readonly string[] {
  const bare = unwrapped(schema);
  const [part, ...rest] = path;
  const options = optionsOf(bare, value);
  if (options) return [...new Set(options.flatMap((option) => keysAt(option, value, path)))];
  if (part === undefined) return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
  return keysAt(innerOf(bare, part), memberOf(value, part), rest);
}

function innerOf(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return memberOf(schema.shape, part);
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return undefined;
}

/** The options of a union that the value may mean: by its type where that is known, else all. */
function optionsOf(schema: unknown, value: unknown): readonly z.core.$ZodType[] | undefined {
  if (!(schema instanceof z.ZodUnion)) return undefined;
  const type = memberOf(value, 'type');
  const meant = schema.options.filter((option) => option._zod.propValues?.['type']?.has(type as string));
  return meant.length > 0 ? meant : schema.options;
}

function unwrapped(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return unwrapped(schema.unwrap());
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrapped(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema;
}
