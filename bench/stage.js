/** The laboratory of the crash tests, undisturbed: every part a real process, many services, a server of choice. */
require('../test/support/run-ts');
const { chmodSync } = require('node:fs');
const { join } = require('node:path');
const { Lab } = require('../test/crash/support/lab');
const { importPast } = require('../test/crash/support/people');
const { filesOf, REGIONS, targetName } = require('../test/crash/support/world');
const { readEffects } = require('../src/demo/fleet/proxy-store');
const { startEmbedded } = require('../src/temporal');
const { Cluster } = require('../test/cluster/support/cluster');
const { phasedRollback } = require('../test/e2e/support');
const { until } = require('./harness');

const SERVERS = {
  embedded: (dir) => startEmbedded({ stateDir: dir, persistent: false }),
  postgresql: async (dir) => {
    // PostgreSQL runs as a user of its own, who must get through to its folder.
    chmodSync(dir, 0o711);
    const cluster = new Cluster(join(dir, 'cluster'), (line) => process.stderr.write(`${line}\n`));
    await cluster.start();
    const setUp = ['setup', '--address', cluster.address];
    await until('set-up', async () => (await phasedRollback(setUp)).exit === 0, { everyMs: 200 });
    const { address } = cluster;
    return {
      address,
      kill: () => cluster.killTemporal(),
      restart: () => cluster.startTemporal(),
      stop: () => cluster.stop(),
    };
  },
};

const NAMES = { embedded: 'embedded, in memory', postgresql: 'on PostgreSQL' };

/** Opens a laboratory with these services, lets `play` happen in it, and takes it down whatever comes of that. */
async function onStage({ services, server = 'embedded', processes = 'single', watchSlots }, play) {
  const lab = new Lab();
  try {
    await lab.open(services, { processes, server: SERVERS[server], watchSlots });
    const measured = await play(lab);
    return { ...measured, server: `Temporal ${lab.connection.serverVersion} ${NAMES[server]}` };
  } finally {
    await lab.close();
  }
}

/** Services of their own for as many rounds, so that no round sees what another left. */
function servicesFor(rounds, more = {}, fate = 'helps') {
  return Array.from({ length: rounds }, (_, index) => ({ name: `${fate}-${index}`, mode: 'auto', ...more }));
}

function refOf(service) {
  return { environment: 'prod', service, number: 1 };
}

/** The shifts of a service's targets so far, oldest first, as the targets themselves noted them. */
function shiftsOf(lab, service) {
  const all = REGIONS.flatMap((region) => readEffects(filesOf(lab.worldDir, targetName(service, region)).journal));
  return all.filter(({ operation }) => operation === 'shift').sort((a, b) => a.at - b.at);
}

function historyOf(lab, ref) {
  const id = `rollback/${ref.environment}/${ref.service}/${ref.number}`;
  return lab.connection.client.workflow.getHandle(id).fetchHistory();
}

/** When a view of the rollback is as wanted. */
async function untilView(lab, ref, what, holds) {
  let snapshot;
  const look = async () => {
    snapshot = await lab.client.status(ref);
    return snapshot.kind === 'live' && holds(snapshot.view) ? snapshot.view : undefined;
  };
  try {
    return await until(what, look, { everyMs: 20, withinMs: 180_000 });
  } catch (error) {
    throw new Error(`${error.message}, but ${JSON.stringify(snapshot)}`);
  }
}

/** The past that blame needs, known and looked at. */
async function ready(lab, service) {
  await importPast(lab, service);
}

/** Says a word through the gateway; resolves with how long the answer took. */
async function word(lab, ref, kind, more = {}) {
  const before = Date.now();
  const url = `${lab.gatewayUrl}/v1/rollbacks/prod/${ref.service}/${ref.number}/commands`;
  const body = JSON.stringify({ kind, reason: 'bench', ...more });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (response.status !== 200) throw new Error(`${kind} was answered ${response.status}: ${await response.text()}`);
  return { saidAt: before, answeredMs: Date.now() - before };
}

module.exports = { REGIONS, historyOf, onStage, ready, refOf, servicesFor, shiftsOf, untilView, word };
