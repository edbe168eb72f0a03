#!/usr/bin/env node
'use strict';

// A deployment API of your own as a target of phased-rollback: a small server before it that speaks the HTTP contract.
//   target.js --api http://127.0.0.1:8080/services/checkout --fence /var/lib/checkout-target.json [--host 127.0.0.1] [--port 8090]
// TARGET_SECRET is the secret of the target in the policy, DEPLOYMENT_API_TOKEN what the deployment API wants to see.
const { setTimeout: pause } = require('node:timers/promises');
const { again, Answer, goesOn, options, timeLeft } = require('../exec-target');
const { alone, readEffects, writeFence } = require('../fence-file');
const { serveHttp } = require('../http-target');
const { DeploymentApi } = require('./deployment-api');

const LOOK_EVERY_MS = 100;

class Service {
  constructor(request, { api, fence }) {
    this.request = request;
    this.fence = fence;
    const withinMs = timeLeft(request);
    this.api = new DeploymentApi({ url: api, token: process.env.DEPLOYMENT_API_TOKEN ?? '', withinMs });
  }

  async read() {
    const { record, prepared } = readEffects(this.fence);
    const { revisions, full, version, changedBy } = await this.api.read();
    const by = (value) => Object.fromEntries(Object.entries(revisions).map(([name, each]) => [name, value(each)]));
    const unsettled = Object.values(revisions).some(({ weight, serving }) => weight !== serving);
    return {
      weights: by(({ serving }) => serving),
      capacity: by(({ ready }) => (ready / full) * 100),
      instances: by(({ ready }) => ready),
      record,
      prepared,
      unsettled,
      coming: unsettled,
      by: `of ${changedBy}`,
      changedBy,
      revisions,
      full,
      version,
    };
  }

  problem({ from, to }, { revisions, weights }) {
    const names = Object.keys(revisions);
    const unknown = [from, to].find((revision) => !names.includes(revision));
    if (unknown !== undefined)
      return { code: 'REVISION_UNKNOWN', detail: `${unknown} is not deployed (there are: ${names.join(', ')})` };
    const third = names.find((name) => weights[name] > 0 && name !== from && name !== to);
    if (third !== undefined) return { code: 'THIRD_REVISION', detail: `${third} serves, too` };
    const { operation, desired } = this.request;
    if (operation !== 'shift') return undefined;
    const empty = [
      [to, desired.weight],
      [from, 100 - desired.weight],
    ].find(([name, share]) => share > 0 && revisions[name].ready === 0);
    return empty === undefined ? undefined : { code: 'NO_CAPACITY', detail: `no instance of ${empty[0]} is ready` };
  }

  /** Asks for more instances of the one revision, and for fewer of none. */
  async prepare({ revision, desired }, prepared, { record, revisions, full, version }) {
    writeFence(this.fence, { ...record, prepared });
    const wanted = Math.ceil((desired.weight / 100) * full);
    if (revisions[revision.to].wanted >= wanted) return false;
    await this.api.change(version, { wanted: { [revision.to]: wanted } });
    return true;
  }

  /** The record comes first: an effect of which nobody knows how it ended is then known to have begun, and from where. */
  async write({ revision, desired }, record, now) {
    const { prepared, version } = now;
    const weights = { [revision.from]: 100 - desired.weight, [revision.to]: desired.weight };
    const isSet = isAll('weight', weights);
    if (goesOn(record, now.record) && now.record.version !== version && !isSet(now)) throw changedSince(now);
    writeFence(this.fence, { ...record, prepared, version, begun: true });
    if (!isSet(now)) await this.set(weights, now);
    const last = await this.untilServed(weights);
    writeFence(this.fence, { ...record, prepared });
    if (!isSet(last)) throw changedSince(last);
  }

  async set(weights, { record, prepared, version }) {
    try {
      await this.api.change(version, { weights });
    } catch (error) {
      // It was certainly not made, so that it has not begun either.
      if (error instanceof Answer) writeFence(this.fence, { ...record, prepared });
      throw error;
    }
  }

  /** What there is once they are served, or once somebody has set others. */
  async untilServed(weights) {
    for (;;) {
      const seen = await this.api.read();
      if (!isAll('weight', weights)(seen) || isAll('serving', weights)(seen)) return seen;
      if (timeLeft(this.request) < 0) throw again(0.5);
      await pause(LOOK_EVERY_MS);
    }
  }
}

const isAll =
  (what, weights) =>
  ({ revisions }) =>
    Object.keys(weights).every((name) => revisions[name]?.[what] === weights[name]);

const changedSince = ({ changedBy }) =>
  new Answer('conflict', {
    code: 'CHANGED_BY_OTHERS',
    detail: `since this effect was begun something was changed, newest by ${changedBy}`,
  });

async function main() {
  const given = options(['api', 'fence', 'host', 'port'], { host: '127.0.0.1', port: '8090' });
  const secret = process.env.TARGET_SECRET;
  if (!secret) throw new Error('TARGET_SECRET is not set');
  await alone(given.fence).catch((error) => {
    throw error instanceof Answer ? new Error(`another program keeps ${given.fence}`) : error;
  });
  const server = serveHttp((request) => new Service(request, given), { secret, ...given });
  server.once('listening', () => process.stdout.write(`listening on ${given.host}:${server.address().port}\n`));
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
