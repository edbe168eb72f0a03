#!/usr/bin/env node
'use strict';

// A Helm release as a target of phased-rollback: it goes back as a whole, to a revision of its own history.
//   target.js --release shop --namespace shop [--version app_version|chart|values.image.tag] [--timeout 300]
// It needs Helm 4.3, the first whose rollback takes a description: the newest effect is kept there.
const { again, options, refused, serve, timeLeft } = require('../exec-target');
const { Helm } = require('./helm-cli');
const { descriptionOf, stateOf } = require('./history');

/** Longer than Helm takes to write that its own time is up. */
const MARGIN_S = 30;

class Release {
  constructor(request, { release, namespace, version, timeout }) {
    this.request = request;
    this.name = release;
    this.helm = new Helm({ release, namespace, timeout });
    this.version = version;
    this.patienceMs = (Number(timeout) + MARGIN_S) * 1_000;
  }

  async read() {
    const history = await this.helm.history();
    const versions = await this.helm.versionsOf(history, this.version);
    return stateOf(history.map((entry, index) => ({ ...entry, version: versions[index] })));
  }

  async problem({ from, to }, now) {
    const { operation, desired } = this.request;
    const known = Object.keys(now.weights);
    const unknown = [from, to].find((revision) => !known.includes(revision));
    if (unknown !== undefined) {
      const detail = `the history of ${this.name} has no ${this.version} ${unknown} (there are: ${known.join(', ')})`;
      return { code: 'REVISION_UNKNOWN', detail };
    }
    if (now.pending && !now.pending.own)
      return { code: 'REVISION_MIXED', detail: `Helm says ${now.pending.status} since ${now.pending.updated}` };
    if (now.serving !== from && now.serving !== to)
      return {
        code: 'THIRD_REVISION',
        detail: `${now.serving} is deployed, neither ${from} nor ${to}`,
        wayOut: `let Helm deploy one of the two and retry; or let it be, and abort this`,
      };
    if (operation === 'shift' && desired.weight !== 0 && desired.weight !== 100)
      return { code: 'UNSUPPORTED_SHAPE', detail: 'a release is taken back as a whole' };
    return operation === 'check' ? this.helm.rehearse(now.revisionOf(to)) : this.failed(now);
  }

  /** An effect that Helm gave up has left a revision that says so; a later effect that knows of it tries anew. */
  failed({ newest, serving }) {
    const { operation, expected } = this.request;
    if (operation !== 'shift' || newest.status !== 'failed' || serving !== this.wanted()) return undefined;
    const isKnown = this.wanted() === this.request.revision.to ? expected.weight === 100 : expected.weight === 0;
    return isKnown ? undefined : { code: 'NO_CAPACITY', detail: newest.description };
  }

  /** Helm is not ended with this program: half of a rollback is worse than a late one. */
  async write(request, record, now) {
    if (now.pending && Date.now() - Date.parse(now.pending.updated) < this.patienceMs) throw again(1);
    const isNote = now.serving === this.wanted() && !now.unsettled;
    const end = await this.helm.rollback({
      to: isNote ? now.newest.revision : now.revisionOf(this.wanted()),
      description: descriptionOf(record),
      isNote,
      withinMs: timeLeft(request),
    });
    if (end === undefined) throw again(1);
    const { newest } = await this.read();
    if (end.code !== 0 && newest.revision === now.newest.revision) throw new Error(end.said);
    if (newest.status === 'failed') throw refused('NO_CAPACITY', newest.description);
  }

  wanted() {
    const { desired, revision } = this.request;
    return desired.weight === 100 ? revision.to : revision.from;
  }
}

const given = options(['release', 'namespace', 'version', 'timeout'], { version: 'app_version', timeout: '300' });
void serve((request) => new Release(request, given));
