#!/usr/bin/env node
'use strict';

// What a GitOps owner (Argo CD, Flux) keeps in a cluster as a target of phased-rollback: the revision that a file in Git
// names is taken back by a commit, and the owner brings it to the cluster.
//   target.js --remote https://git.example/shop.git --clone /var/lib/phased-rollback/shop.git --file eu/values.yaml
//     --value image.tag --namespace shop-eu --selector app=checkout [--branch main]
//     [--revision label:app.kubernetes.io/version]
// The newest effect is kept in the message of its commit.
const { setTimeout: pause } = require('node:timers/promises');
const { again, goesOn, options, serve, timeLeft } = require('../exec-target');
const { podsOf } = require('./pods');
const { Repository } = require('./repository');

const LOOK_EVERY_MS = 250;

class Release {
  constructor(request, given) {
    this.request = request;
    this.given = given;
    this.repository = new Repository(given);
  }

  async read() {
    const head = await this.repository.head();
    const pods = await this.pods();
    const said = head.revision;
    const { record } = head;
    const unsettled = pods.length === 0 || pods.some(({ revision, ready }) => revision !== said || !ready);
    const names = new Set([...head.named, ...pods.map(({ revision }) => revision)]);
    const ready = (name) => pods.filter((pod) => pod.revision === name && pod.ready).length;
    const all = pods.filter((pod) => pod.ready).length;
    const by = (value) => Object.fromEntries([...names].map((name) => [name, value(name)]));
    // Of an effect whose commit the owner has not yet brought about: everything that runs is on its way.
    const begun = unsettled && record !== undefined && record.revision === said;
    return {
      weights: by((name) => (all === 0 ? 0 : (ready(name) / all) * 100)),
      capacity: by(() => 100),
      instances: by(ready),
      record: record && { ...record, begun },
      unsettled,
      // Whoever committed it: pods of another revision than the file names are to go.
      coming: pods.some(({ revision }) => revision !== said),
      by: head.by,
      head,
      pods,
    };
  }

  async problem({ from, to }, now) {
    const { operation, desired } = this.request;
    const known = Object.keys(now.weights);
    const unknown = [from, to].find((revision) => !known.includes(revision));
    const { file, value } = this.given;
    if (unknown !== undefined)
      return {
        code: 'REVISION_UNKNOWN',
        detail: `${file} has not had ${value} ${unknown} within 90 days (it had: ${known.join(', ')}): give one of those`,
      };
    if (now.head.revision !== from && now.head.revision !== to)
      return {
        code: 'THIRD_REVISION',
        detail: `${file} names ${now.head.revision} by ${now.by}, neither ${from} nor ${to}`,
        wayOut: `commit ${from} or ${to} there and retry; or let it be, abort this, and take ${now.head.revision} back if it is bad`,
      };
    if (operation === 'shift' && desired.weight !== 0 && desired.weight !== 100)
      return { code: 'UNSUPPORTED_SHAPE', detail: 'what a file names is taken back as a whole' };
    if (operation === 'check') await this.repository.rehearse(now.head);
    return undefined;
  }

  async write(request, record, now) {
    const { revision, desired } = request;
    const wanted = desired.weight === 100 ? revision.to : revision.from;
    if (!goesOn(record, now.record)) {
      const other = wanted === revision.to ? revision.from : revision.to;
      const title = `Take ${request.target} back from ${other} to ${wanted}`;
      await this.repository.set(now.head, wanted, { title, record: noteOf(record) });
    }
    while (!(await this.serves(wanted))) {
      if (timeLeft(request) < 0) throw again(1);
      await pause(LOOK_EVERY_MS);
    }
  }

  async serves(wanted) {
    const pods = await this.pods();
    return pods.length > 0 && pods.every(({ revision, ready }) => revision === wanted && ready);
  }

  pods() {
    return podsOf(this.given);
  }
}

const noteOf = ({ epoch, number, rollback, wish }) => `${epoch}/${number} ${rollback}: ${wish}`;

const given = options(['remote', 'branch', 'clone', 'file', 'value', 'namespace', 'selector', 'revision'], {
  branch: 'main',
  revision: 'label:app.kubernetes.io/version',
});
void serve((request) => new Release(request, given));
