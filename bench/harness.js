/** What every benchmark shares: rounds, medians, and the facts of the machine they ran on. */
const { execFileSync } = require('node:child_process');
const { cpus, loadavg, totalmem } = require('node:os');
const { setTimeout: delay } = require('node:timers/promises');

/** Looks until there is something to see; how often bounds how exact a time is. */
async function until(what, look, { everyMs = 5, withinMs = 600_000 } = {}) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await delay(everyMs);
  }
}

/** One round after the other, so that none is measured in the shadow of another. */
async function inRounds(count, round, say = () => undefined) {
  const results = [];
  for (let index = 0; index < count; index += 1) {
    results.push(await round(index));
    say(`round ${index + 1} of ${count}`);
  }
  return results;
}

function atShare(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** A figure from its values: median, and the shares beyond it that their number bears. */
function figure(name, unit, values, { better = 'less', p99 = false } = {}) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  if (sorted.length === 0) throw new Error(`${name}: there are no values`);
  const rounded = (value) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
  return {
    name,
    unit,
    better,
    values: sorted.length,
    median: rounded(atShare(sorted, 0.5)),
    ...(sorted.length > 1 ? { p95: rounded(atShare(sorted, 0.95)) } : {}),
    ...(p99 ? { p99: rounded(atShare(sorted, 0.99)) } : {}),
  };
}

/** Where it ran, and how busy that was when it began. */
function machine() {
  const [one] = loadavg();
  return {
    at: new Date().toISOString(),
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadBefore: Number(one.toFixed(2)),
  };
}

module.exports = { atShare, delay, figure, inRounds, machine, until };
