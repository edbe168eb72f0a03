// Figures as people read them, on a terminal and in docs/judge.md.
const { BATTERY } = require('./battery');
const { CLASSES } = require('./play');

const HEAD = 'wrong % / open % / median s';

function short(value) {
  return String(Math.round(value * 10) / 10);
}

function cell(found) {
  return found ? `${short(found.wrong)}/${short(found.open)}/${found.median}` : '-';
}

/** Lines of cells: what everybody said of each row and of each part of the hold-out. */
function verdicts({ judges }) {
  const names = Object.keys(judges);
  const line = (title, part, place) => [title, ...names.map((name) => cell(judges[name][part][place]))];
  return [
    [HEAD, ...names],
    ...BATTERY.map(({ row }) => line(row, 'battery', row)),
    ...CLASSES.map((part) => line(`hold-out: ${part}`, 'holdout', part)),
  ];
}

/** Lines of cells: the share of phases exactly on the margin in which a side was ever refuted. */
function falseVerdicts({ boundary }) {
  const methods = [...new Set(boundary.map(({ method }) => method))];
  const keyOf = (one) => `${one.cell}, ${one.side}, ${one.looks} looks`;
  return [
    ['false verdicts exactly on the margin, %', ...methods],
    ...[...new Set(boundary.map(keyOf))].map((key) => [
      key,
      ...methods.map((method) => {
        const found = boundary.find((one) => one.method === method && keyOf(one) === key);
        return found ? short(found.share) : '-';
      }),
    ]),
  ];
}

function costs({ cost, size }) {
  const bytesOf = (row) => size.find((each) => each.row === row).bytes;
  const least = size.reduce((a, b) => (b.bytes < a.bytes ? b : a));
  const most = size.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return [
    ...cost.map(
      ({ row, observeNs, holdNs, endNs, keepNs }) =>
        `${row}: ${observeNs} ns to take a sample, ${holdNs} ns to judge while it holds, ${endNs} ns for the verdict that ends it, ${keepNs} ns to put it into JSON; at most ${bytesOf(row)} bytes kept`,
    ),
    `kept of each metric with twelve series, over the rows: ${least.bytes} bytes at most (${least.row}) to ${most.bytes} (${most.row})`,
  ];
}

function gateLines({ gates }) {
  return gates.map(
    ({ gate, value, limit, widened, unit, kept }) =>
      `${kept ? 'kept  ' : 'BROKEN'}  ${gate}: ${short2(value)} ${unit}, at most ${limit}${widened === limit ? '' : ` (${short2(widened)} with the error of the simulation)`}`,
  );
}

function short2(value) {
  return String(Math.round(value * 100) / 100);
}

function ranOn({ order, machine }) {
  return `${order.runs} phases a row with seed ${order.seed}, ${order.holdoutRuns} of the hold-out with seed ${order.holdoutSeed}; ${machine.cores} cores (${machine.cpu}), node ${machine.node}, ${machine.seconds} s; ${machine.commit}, ${machine.at.slice(0, 10)}.`;
}

function aligned(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const padded = (line) => line.map((text, column) => text.padEnd(widths[column])).join('  ');
  return lines.map((line) => padded(line).trimEnd()).join('\n');
}

function markdown([head, ...lines]) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...lines.map(row)].join('\n');
}

/** For a terminal. */
function printed(result) {
  const tables = [verdicts(result), falseVerdicts(result)].map(aligned);
  return [...tables, costs(result).join('\n'), gateLines(result).join('\n')].join('\n\n');
}

/** For docs/judge.md. */
function page(result) {
  const { gates } = result;
  const broken = gates.filter(({ kept }) => !kept);
  return [
    markdown(verdicts(result)),
    markdown(falseVerdicts(result)),
    costs(result)
      .map((line) => `- ${line}`)
      .join('\n'),
    broken.length === 0
      ? `All ${gates.length} gates are kept.`
      : broken.map(({ gate, value, unit }) => `- not kept: ${gate}, ${short2(value)} ${unit}`).join('\n'),
    ranOn(result),
  ].join('\n\n');
}

module.exports = { page, printed, ranOn };
