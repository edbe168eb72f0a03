// Counts what was said of many phases, in sums that can be added up over threads.

function openTally() {
  return { count: 0, wrong: 0, open: 0, times: {}, reasons: {} };
}

function addTo(counts, key, more) {
  counts[key] = (counts[key] ?? 0) + more;
}

/** Counts one outcome in. */
function count(tally, { wrong, open, seconds, reason }) {
  tally.count += 1;
  if (wrong) tally.wrong += 1;
  if (open) tally.open += 1;
  addTo(tally.times, seconds, 1);
  addTo(tally.reasons, reason, 1);
}

/** Adds one tally to another. */
function merge(into, { count: more, wrong, open, times, reasons }) {
  into.count += more;
  into.wrong += wrong;
  into.open += open;
  for (const [seconds, n] of Object.entries(times)) addTo(into.times, seconds, n);
  for (const [reason, n] of Object.entries(reasons)) addTo(into.reasons, reason, n);
}

/** Shares in percent, times in seconds. */
function figures({ count: n, wrong, open, times, reasons }) {
  const sorted = Object.entries(times)
    .map(([seconds, phases]) => ({ seconds: Number(seconds), phases }))
    .sort((a, b) => a.seconds - b.seconds);
  let before = 0;
  const middle = sorted.find(({ phases }) => (before += phases) > n / 2);
  const total = sorted.reduce((sum, { seconds, phases }) => sum + seconds * phases, 0);
  return {
    count: n,
    wrong: (100 * wrong) / n,
    open: (100 * open) / n,
    median: middle.seconds,
    mean: total / n,
    times,
    reasons,
  };
}

module.exports = { count, figures, merge, openTally };
