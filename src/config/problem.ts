/** One mistake in a policy file, with its place. */
export interface ConfigProblem {
  /** Path in the file, such as `services[1].targets[0].url`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What is wrong and what would be right; never the value of a secret. */
  readonly message: string;
}

/** A path as it is written in messages. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
