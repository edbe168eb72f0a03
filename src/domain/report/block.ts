import { wrap } from './text';

/** One labelled row of a block; further lines stand under the first one's text. */
export interface Row {
  readonly label: string;
  readonly lines: readonly string[];
}

const GAP = 2;

/** The rows with their texts in one column; `width` breaks long lines, at the earliest after 24 characters of text. */
export function renderRows(rows: readonly Row[], width: number | undefined): string {
  const column = Math.max(...rows.map((row) => row.label.length)) + GAP;
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(24, width - column);
  return rows
    .flatMap((row) =>
      row.lines
        .flatMap((line) => hang(line, room))
        .map((line, index) => `${index === 0 ? row.label.padEnd(column) : ' '.repeat(column)}${line}`.trimEnd()),
    )
    .join('\n');
}

/** What is broken off an indented line keeps its indent. */
function hang(line: string, room: number): readonly string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return wrap(line.trimStart(), room - indent.length).map((part) => `${indent}${part}`);
}
