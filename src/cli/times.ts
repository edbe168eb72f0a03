import { CliError, EXIT } from './exit-codes';

/** A time that an option names, in epoch milliseconds. It must carry its zone, so that it means the same everywhere. */
export function readTime(option: string, text: string): number {
  const time = Date.parse(text);
  if (!Number.isNaN(time) && /T.*(Z|[+-]\d\d:?\d\d)$/.test(text)) return time;
  throw new CliError(EXIT.usage, `${option} ${text}: write a time with its zone, like 2026-11-23T02:40:00Z`);
}
