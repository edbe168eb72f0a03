/** One cohort's requests and the bad ones among them. */
export interface Counts {
  readonly requests: number;
  readonly bad: number;
}

/**
 * Text that is safe on one line of a terminal or a chat: alerts and answers of targets are written by others, so
 * control characters (also terminal escapes and line ends) become spaces and invisible direction marks vanish.
 */
export function plain(text: string): string {
  return text.replace(/\p{Cf}/gu, '').replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** A whole number with thousands separators. */
export function count(value: number): string {
  const digits = String(Math.abs(Math.round(value)));
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return value < 0 ? `-${grouped}` : grouped;
}

/** A share from 0 to 1 in percent: whole from ten percent on, else with the decimals that tell it from nothing. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  if (value < 0.1) return `${Number(value.toPrecision(1))} %`;
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
}

/** Failure ratio with its counts, `5.1 % (1,204/23,600)`. */
export function failed(counts: Counts): string {
  if (counts.requests === 0) return 'no requests';
  return `${percent(counts.bad / counts.requests)} (${count(counts.bad)}/${count(counts.requests)})`;
}

/** The sum of many counts. */
export function sumOf(all: readonly Counts[]): Counts {
  return all.reduce((sum, one) => ({ requests: sum.requests + one.requests, bad: sum.bad + one.bad }), {
    requests: 0,
    bad: 0,
  });
}

/** Breaks a line at spaces so that it fits, runs of spaces kept inside a line; a longer word stays whole. */
export function wrap(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const token of line.match(/\s*\S+/g) ?? []) {
    if (current !== '' && current.length + token.length > width) {
      lines.push(current);
      current = token.trimStart();
    } else {
      current += token;
    }
  }
  return [...lines, current];
}
