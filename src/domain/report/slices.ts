import type { NarrowerExtent } from '../plan/affected';
import type { Slice, Split } from '../plan/split';
import { splitText, valueText } from '../plan/split-text';
import type { StatusView } from '../rollback/status-view';
import { fullName } from './answers';
import type { Row } from './block';
import type { ReportModel } from './model';
import type { ReportTable } from './tables';
import { failed, percent, plain } from './text';

type SlicedView = Pick<StatusView, 'splits' | 'narrower' | 'environment' | 'service' | 'number'>;

/** Which slices carried the failures, a line for each label; and the smaller extent that would do. */
export function sliceRows(view: SlicedView, command: string): readonly Row[] {
  const { splits = [], narrower } = view;
  const where = splits.map((split) => plain(splitText(split)));
  return [
    ...(where.length > 0 ? [{ label: 'where', lines: where }] : []),
    ...(narrower
      ? [
          {
            label: 'less would do',
            lines: [narrowerText(narrower), `    ${command} replan ${fullName(view)} ${selectFlags(narrower)}`],
          },
        ]
      : []),
  ];
}

/** What a smaller extent would be, and why it would do. */
export function narrowerText({ select, leaves, because }: NarrowerExtent): string {
  const extent = Object.entries(select).map(([label, value]) => `${label}=${value}`);
  return plain(`${extent.join(', ')} without ${new Intl.ListFormat('en').format(leaves)}: ${because}`);
}

/** The flags that choose it on a command line. */
export function selectFlags({ select }: NarrowerExtent): string {
  return Object.entries(select)
    .map(([label, value]) => `--select ${quoted(plain(`${label}=${value}`))}`)
    .join(' ');
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w.:/=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Every slice with its counts. */
export function slicesTable({ status: { splits = [] } }: ReportModel): ReportTable {
  const head = ['Label', 'Value', 'Suspect', 'Old revision', 'Of all', 'Against the rest'];
  return { title: 'Where it failed', head, rows: splits.flatMap(rowsOf) };
}

function rowsOf(split: Split): readonly (readonly string[])[] {
  const last = [split.label, 'all', '', '', '', splitText(split)];
  if (split.kind === 'unsplit') return [last];
  const rows = split.slices.map((slice) => [
    split.label,
    valueText(slice.value),
    failed(slice.current),
    failed(slice.stable),
    split.all.bad === 0 ? '—' : percent(slice.current.bad / split.all.bad),
    standingText(slice),
  ]);
  return [...rows, last];
}

function standingText({ standing, keepsObjective }: Slice): string {
  const kept = keepsObjective ? ', keeps the objective' : '';
  switch (standing) {
    case 'worse':
      return `worse${kept}`;
    case 'better':
      return `better${kept}`;
    case 'unproven':
      return `not told apart${kept}`;
  }
}
