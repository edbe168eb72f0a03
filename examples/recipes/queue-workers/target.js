#!/usr/bin/env node
'use strict';

// A fleet of queue workers under Supervisor as a target of phased-rollback: its instances are the units.
//   target.js --server http://127.0.0.1:9001 --groups mailer- --fence /var/lib/phased-rollback/mailer.json [--units partitions]
// Every revision is a group `mailer-<revision>` with a process for each instance, called alike in all groups.
const { setTimeout: pause } = require('node:timers/promises');
const { again, goesOn, options, refused, serve, timeLeft } = require('../exec-target');
const { alone, readFence, writeFence } = require('../fence-file');
const { fleetOf, isUnsettled, readingOf, stepsTo } = require('./instances');
const { Supervisor } = require('./supervisor-api');

const LOOK_EVERY_MS = 50;

class Fleet {
  constructor(request, { server, groups, fence, units }) {
    this.request = request;
    this.supervisor = new Supervisor(server, process.env.SUPERVISOR_CREDENTIALS);
    this.prefix = groups;
    this.fence = fence;
    this.called = units;
  }

  async read() {
    if (this.request.operation === 'shift') await (this.turn ??= alone(this.fence));
    const record = readFence(this.fence);
    const fleet = await this.look();
    if (fleet.names.length === 0)
      throw new Error(`Supervisor knows no process of a group that begins with ${this.prefix}`);
    const reading = readingOf(fleet);
    const unsettled = isUnsettled(fleet);
    // Between two shares the one before is in force, so that whoever looks in the middle sees nobody else's change.
    const weights = unsettled && record?.before ? { ...reading.weights, ...record.before } : reading.weights;
    return { ...reading, weights, record, unsettled, fleet, units: { total: fleet.names.length, name: this.called } };
  }

  problem({ from, to }, { fleet }) {
    const unknown = [from, to].find((revision) => fleet.states[revision] === undefined);
    if (unknown !== undefined) {
      const detail = `Supervisor has no group ${this.prefix}${unknown}: add it, and supervisorctl update`;
      return { code: 'REVISION_UNKNOWN', detail };
    }
    const missing = fleet.names.filter((name) => fleet.states[to][name] === undefined);
    if (missing.length === 0) return undefined;
    return { code: 'UNSUPPORTED_SHAPE', detail: `${this.prefix}${to} has no process ${missing.join(', ')}` };
  }

  /** The new ones first, and the old ones only once those run: what does not start takes nothing away. */
  async write(request, record, now) {
    const isBegun = goesOn(record, now.record);
    const before = isBegun ? now.record.before : now.weights;
    writeFence(this.fence, { ...record, before, begun: true });
    await this.start(request, isBegun);
    await this.stop(request);
    writeFence(this.fence, record);
  }

  async start(request, isBegun) {
    const asked = new Set();
    for (;;) {
      const { start, starting, broken } = this.steps(await this.look());
      const failed = broken.filter((name) => isBegun || asked.has(name));
      if (failed.length > 0) return this.giveUp(request, failed);
      if (start.length + starting === 0) return;
      const next = start.filter((name) => !asked.has(name));
      await this.supervisor.begin({ start: next });
      next.forEach((name) => asked.add(name));
      await this.nextLook(request);
    }
  }

  async stop(request) {
    await this.supervisor.begin({ stop: this.steps(await this.look()).stop });
    while (this.steps(await this.look()).stopping > 0) await this.nextLook(request);
  }

  /** What did not start is stopped again, and the others go on as they were. */
  async giveUp({ revision, expected }, failed) {
    const { stop } = stepsTo(await this.look(), revision, expected.weight);
    await this.supervisor.begin({ stop });
    throw refused('NO_CAPACITY', `${failed.join(', ')} did not start, and everything was left as it was: see its log`);
  }

  steps(fleet) {
    const { revision, desired } = this.request;
    return stepsTo(fleet, revision, desired.weight);
  }

  async look() {
    return fleetOf(await this.supervisor.processes(), this.prefix);
  }

  async nextLook(request) {
    if (timeLeft(request) < 0) throw again(0.5);
    await pause(LOOK_EVERY_MS);
  }
}

const given = options(['server', 'groups', 'fence', 'units'], { units: 'instances' });
void serve((request) => new Fleet(request, given));
