import type { Looks } from './looks';

/** Looks as they are kept: as many of a kind as come one after the other by their number. */
export function keepLooks(looks: Looks): string {
  return looks.replace(/(.)\1+/g, (run, mark: string) => `${mark}${run.length}`);
}

/** The looks again. */
export function recallLooks(kept: string): Looks {
  return kept.replace(/([^0-9])([0-9]+)/g, (_, mark: string, count: string) => mark.repeat(Number(count)));
}
