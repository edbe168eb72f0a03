#!/usr/bin/env node
'use strict';

// A job of Nomad as a target of phased-rollback: it goes back as a whole, to a version of its own history.
//   target.js --job shop [--namespace default] [--region eu] [--revision image|meta.<key>] [--variable phased-rollback/shop]
// It finds Nomad by NOMAD_ADDR and NOMAD_TOKEN, as Nomad's own commands do.
const { setTimeout: pause } = require('node:timers/promises');
const { again, goesOn, options, refused, serve, timeLeft } = require('../exec-target');
const { isToPromote, newestOf, stateOf } = require('./job');
const { Nomad } = require('./nomad-api');

/** What Nomad lets a variable be called. */
const VARIABLE = /^[\w~/-]{1,128}$/;
const LOOK_EVERY_MS = 500;
/** A look that begins later than that would not be at its end in time. */
const LAST_LOOK_MS = 1_000;

class Job {
  constructor(request, { job, namespace, region, revision, variable }) {
    this.request = request;
    this.name = job;
    this.by = revision;
    const { NOMAD_ADDR: address = 'http://127.0.0.1:4646', NOMAD_TOKEN: token } = process.env;
    this.variable = variable || `phased-rollback/${job}`;
    const place = { job, namespace, region, variable: this.variable };
    this.nomad = new Nomad({ ...place, address, token, withinMs: () => timeLeft(request) });
  }

  async read() {
    if (!VARIABLE.test(this.variable))
      throw refused('OTHER', `Nomad can have no variable ${this.variable}`, 'give it another one with --variable');
    const [seen, { items, index }] = await Promise.all([this.nomad.look(), this.nomad.kept()]);
    return { ...stateOf(seen, items, this.by), index };
  }

  problem({ from, to }, now) {
    const { operation, desired } = this.request;
    const { job, weights, current, underWay, record } = now;
    const unknown = [from, to].find((revision) => now.versionOf(revision) === undefined);
    if (unknown !== undefined) {
      const known = Object.keys(weights).join(', ');
      return {
        code: 'REVISION_UNKNOWN',
        detail: `no version of ${this.name} that is kept has ${this.by} ${unknown} (${known})`,
      };
    }
    if (job.Stop)
      return { code: 'OTHER', detail: `${this.name} is stopped`, wayOut: 'start it (nomad job run), then retry' };
    if (job.Type !== 'service')
      return { code: 'UNSUPPORTED_SHAPE', detail: `${this.name} is a ${job.Type} job: only services are taken back` };
    const failed = operation === 'shift' ? this.failed(now) : undefined;
    if (failed !== undefined) return failed;
    if (underWay && !record?.begun)
      return {
        code: 'REVISION_MIXED',
        detail: `the deployment of version ${underWay.JobVersion} is ${underWay.Status}`,
      };
    if (current !== from && current !== to)
      return {
        code: 'THIRD_REVISION',
        detail: `${current} is deployed, neither ${from} nor ${to}`,
        wayOut: 'let Nomad run one of the two and retry; or let it be, and abort this',
      };
    if (operation === 'shift' && desired.weight !== 0 && desired.weight !== 100)
      return { code: 'UNSUPPORTED_SHAPE', detail: 'a job is taken back as a whole' };
    return undefined;
  }

  /** Nomad lets a version be whose deployment has failed, or has gone from it already to one that it had seen healthy. */
  failed({ job, current, record, deployments }) {
    const { effect } = this.request;
    const isSame = record?.epoch === effect.epoch && record.number === effect.number;
    const made = isSame ? newestOf(deployments, record.made) : undefined;
    const newest = current === this.wanted() ? newestOf(deployments, job.Version) : undefined;
    const failed = [made, newest].find((deployment) => deployment?.Status === 'failed');
    if (failed === undefined) return undefined;
    const detail = `version ${failed.JobVersion} of ${this.name}: ${failed.StatusDescription}`;
    if (failed.JobVersion !== job.Version) return { code: 'NO_CAPACITY', detail };
    return { code: 'NO_CAPACITY', detail, wayOut: 'Nomad tries no version twice: unwind, mend it, and start anew' };
  }

  /** What was begun goes on in Nomad, whether or not this program lives. */
  async write(request, record, now) {
    if (now.record?.begun !== true || !goesOn(record, now.record) || now.job.Version < now.record.made)
      await this.begin(record, now);
    await this.ended(record);
  }

  /** The effect is kept before it is made, and is not made where somebody else has kept or made another one meanwhile. */
  async begin(record, now) {
    const isThere = now.current === this.wanted();
    const made = isThere ? now.job.Version : now.job.Version + 1;
    const created = now.job.CreateIndex;
    await this.nomad.keep({ ...record, to: this.wanted(), created, made, begun: true }, now.index);
    if (isThere) return;
    // Who wakes up late may come after somebody who has found nothing to do.
    if (timeLeft(this.request) <= 0) throw again();
    if (await this.nomad.submit(now.versionOf(this.wanted()), now.job.JobModifyIndex)) return;
    const later = await this.read();
    if (later.current !== now.current) throw again();
    await this.begin(record, later);
  }

  async ended(record) {
    const now = await this.read();
    const problem = this.failed(now);
    if (problem !== undefined) throw refused(problem.code, problem.detail, problem.wayOut);
    if (!goesOn(record, now.record)) throw again();
    if (!now.unsettled) return this.nomad.keep({ ...now.record, begun: false }, now.index);
    if (timeLeft(this.request) < LAST_LOOK_MS) throw again(1);
    if (now.underWay?.JobVersion === now.job.Version && isToPromote(now.underWay))
      await this.nomad.promote(now.underWay.ID);
    await pause(LOOK_EVERY_MS);
    return this.ended(record);
  }

  wanted() {
    const { desired, revision } = this.request;
    return desired.weight === 100 ? revision.to : revision.from;
  }
}

const names = ['job', 'namespace', 'region', 'revision', 'variable'];
const given = options(names, { namespace: 'default', region: '', revision: 'image', variable: '' });
void serve((request) => new Job(request, given));
