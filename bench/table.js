/** Figures as people read them, on a terminal and in docs/performance.md. */

function shown(figure, key) {
  return figure[key] === undefined ? '' : `${figure[key]}`;
}

/** How a figure stands to the accepted one: above 1 is worse, whichever way better lies. */
function ratioOf(figure, accepted) {
  if (!accepted || accepted.median === 0 || figure.median === 0) return '';
  const ratio = figure.better === 'more' ? accepted.median / figure.median : figure.median / accepted.median;
  return `${ratio.toFixed(2)} ×`;
}

function acceptedFigure(baseline, benchmark, name) {
  return baseline[benchmark]?.figures.find((figure) => figure.name === name);
}

/** Lines for a terminal. */
function printed(name, result, baseline) {
  const { ranOn } = result;
  const head = `${name}: ${ranOn.rounds} rounds, ${ranOn.server}, ${ranOn.cores} cores, ${ranOn.memoryGiB} GiB, node ${ranOn.node}, load ${ranOn.loadBefore} before`;
  const rows = result.figures.map((figure) => {
    const spread = ['p95', 'p99'].flatMap((key) => (figure[key] === undefined ? [] : [`${key} ${figure[key]}`]));
    const ratio = ratioOf(figure, acceptedFigure(baseline, name, figure.name));
    const notes = [...spread, ...(ratio ? [`${ratio} accepted`] : [])].join(', ');
    return `  ${shown(figure, 'median').padStart(8)} ${figure.unit}  ${figure.name}${notes ? `  (${notes})` : ''}`;
  });
  const where = Object.entries(result.where ?? {}).map(
    ([part, ms]) => `  ${String(ms).padStart(8)} ms of that: ${part}`,
  );
  return [head, ...rows, ...where].join('\n');
}

/** The tables of the page, and under each what it ran on. */
function page(results) {
  const order = Object.keys(results).sort();
  return order
    .map((name) => {
      const { figures, ranOn, where } = results[name];
      const rows = figures.map(
        (figure) =>
          `| ${figure.name} | ${shown(figure, 'median')} | ${shown(figure, 'p95')} | ${shown(figure, 'p99')} | ${figure.unit} |`,
      );
      const parts = Object.entries(where ?? {}).map(([part, ms]) => `${part} ${ms} ms`);
      return [
        `### ${name}`,
        '',
        '| | median | p95 | p99 | |',
        '| --- | --: | --: | --: | --- |',
        ...rows,
        '',
        ...(parts.length > 0 ? [`Where one of them went: ${parts.join(', ')}.`, ''] : []),
        `${ranOn.rounds} rounds on ${ranOn.server}; ${ranOn.cores} cores (${ranOn.cpu}), ${ranOn.memoryGiB} GiB, node ${ranOn.node}; load ${ranOn.loadBefore} before; ${ranOn.commit}, ${ranOn.at.slice(0, 10)}.`,
      ].join('\n');
    })
    .join('\n\n');
}

module.exports = { page, printed };
