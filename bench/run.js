/**
 * Measures the product as it runs: real fleet, embedded Temporal, worker and gateway as processes of their own.
 * Prints a table and writes bench/latest.json; compares with bench/baseline.json as ratios.
 */
const { mkdtempSync, readFileSync, writeFileSync, existsSync } = require('node:fs');
const { cpus, tmpdir } = require('node:os');
const { join } = require('node:path');
const { setTimeout: delay } = require('node:timers/promises');
const { setStage } = require('../dist/demo/stage');
const { importPast, sendAlert } = require('../dist/demo/run-demo');
const { SCENARIO_FLEETS } = require('../dist/demo/fleet/scenario-fleets');
const { SCENARIOS } = require('../dist/demo');
const { connect } = require('../dist/temporal');

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const QUIET = { line: () => undefined };
const REF = { environment: 'prod', service: 'checkout', number: 1 };

async function until(look) {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await delay(5);
  }
}

/** One rollback: alert to first weight, then `now` to the last one, or all the way through its phases. */
async function round(hurried) {
  const stage = await setStage({
    stateDir: mkdtempSync(join(tmpdir(), 'phased-rollback-bench-')),
    fleet: { ...SCENARIO_FLEETS.helps, requestsPerSecond: 120, startupMs: 100 },
    policy: { mode: 'auto', pace: 'balanced' },
    persistent: false,
    onProgress: () => undefined,
  });
  try {
    await importPast(stage, QUIET);
    await delay(1_500);
    const shifts = () => stage.fleet.effects().filter((effect) => effect.operation === 'shift');
    await sendAlert(stage, SCENARIOS.helps, QUIET);
    const acceptedAt = Date.now();
    const first = await until(async () => shifts()[0]);
    const alertToFirstMs = first.at - acceptedAt;
    let nowToLastMs;
    if (hurried) {
      const said = await stage.client.tellService(REF, {
        kind: 'now',
        id: 'bench-now',
        by: 'bench',
        at: Date.now(),
        reason: 'bench',
      });
      if (said.kind !== 'applied') throw new Error(`now was not applied: ${JSON.stringify(said)}`);
      const nowAt = Date.now();
      await until(async () => (shifts().filter((effect) => effect.to === 100).length === 2 ? true : undefined));
      nowToLastMs = Math.max(0, shifts().at(-1).at - nowAt);
    }
    await until(async () => {
      const snapshot = await stage.client.status(REF);
      return snapshot.kind === 'live' && snapshot.view.end ? true : undefined;
    });
    const temporal = await connect({ address: stage.temporal.address });
    const history = await temporal.client.workflow.getHandle('rollback/prod/checkout/1').fetchHistory();
    await temporal.close();
    return { alertToFirstMs, nowToLastMs, events: hurried ? undefined : history.events.length };
  } finally {
    await stage.stop();
  }
}

function median(values) {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

async function main() {
  const rounds = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    process.stderr.write(`round ${i + 1} of ${ROUNDS}\n`);
    rounds.push(await round(i % 2 === 0));
  }
  const worst = (values) => Math.max(...values.filter((value) => value !== undefined));
  const result = {
    ranOn: { cores: cpus().length, node: process.version, temporal: 'embedded', rounds: ROUNDS },
    'alert accepted → first weight moved, median ms (old revision scaled from nothing)': median(
      rounds.map((r) => r.alertToFirstMs),
    ),
    'alert accepted → first weight moved, worst ms': worst(rounds.map((r) => r.alertToFirstMs)),
    'now accepted → last weight moved, median ms': median(rounds.map((r) => r.nowToLastMs)),
    'events of a four-phase rollback': median(rounds.map((r) => r.events)),
  };
  const file = join(__dirname, 'baseline.json');
  const baseline = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  for (const [name, value] of Object.entries(result)) {
    if (typeof value !== 'number') continue;
    const ratio = baseline?.[name] ? `  ${(value / baseline[name]).toFixed(2)} × baseline` : '';
    console.log(`${String(value).padStart(8)}  ${name}${ratio}`);
  }
  writeFileSync(join(__dirname, 'latest.json'), `${JSON.stringify(result, null, 2)}\n`);
}

void main();
