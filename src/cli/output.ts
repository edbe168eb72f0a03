import { plain } from '../domain/report';

/** How results are printed. */
export type OutputFormat = 'text' | 'json';

/** Where a command writes; results on `out`, everything about them on `err`. */
export interface Terminal {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** A name of a style. */
export type Style = keyof typeof STYLES;

/** Colours only where a person looks at it: on a terminal, unless NO_COLOR is set. */
export function paint(
  text: string,
  style: Style,
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): string {
  const wanted = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return wanted ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}

/** One value as JSON, readable on a terminal and in a log alike. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** One or more lines of a result. */
export function printText(terminal: Terminal, text: string): void {
  terminal.out.write(`${text}\n`);
}

/** One line about a result or the way to it. */
export function printNote(terminal: Terminal, text: string): void {
  terminal.err.write(`${text}\n`);
}

/** The one message of a command that did not work; never a stack trace. */
export function printError(terminal: Terminal, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  terminal.err.write(`${paint('error:', 'red', terminal.err, terminal.env)} ${text.trim()}\n`);
}

/** Columns to break at: the terminal's, none in a pipe. */
export function widthOf(terminal: Terminal): number | undefined {
  return terminal.out.isTTY ? terminal.out.columns : undefined;
}

/** Rows in aligned columns under a head; what others wrote is cleaned. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(plain));
  const widths = head.map((cell, column) => Math.max(cell.length, ...clean.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), ...clean.map(line)].join('\n');
}
