#!/usr/bin/env node
'use strict';

// The partitions of a queue in PostgreSQL as a target of phased-rollback: each is consumed by the revision to which it is
// assigned, and they are the units.
//   target.js
// DATABASE_URL says where the queue is; the newest effect is kept there, too.
const { setTimeout: pause } = require('node:timers/promises');
const { again, goesOn, serve, timeLeft } = require('../exec-target');
const { isUnsettled, movesTo, readingOf, tooSmall } = require('./assignment');
const { Queue } = require('./queue');

const LOOK_EVERY_MS = 50;
/** As long as another consumer may take to go on with the partitions of one that died. */
const TAKEN_OVER_WITHIN_MS = 1_500;

class Partitions {
  constructor(request) {
    this.request = request;
    this.queue = new Queue(process.env.DATABASE_URL);
  }

  async read() {
    const until = Date.now() + Math.min(TAKEN_OVER_WITHIN_MS, timeLeft(this.request));
    let seen = await this.queue.look();
    while (isUnsettled(seen) && !seen.record?.begun && Date.now() < until) seen = await this.nextLook();
    if (seen.partitions.length === 0) throw new Error('the table partitions is empty');
    const reading = readingOf(seen);
    const unsettled = isUnsettled(seen);
    // Between two shares the one before is in force, so that whoever looks in the middle sees nobody else's change.
    const weights = unsettled && seen.record?.begun ? { ...reading.weights, ...seen.record.before } : reading.weights;
    return {
      ...reading,
      weights,
      unsettled,
      record: seen.record,
      seen,
      units: { total: seen.partitions.length, name: 'partitions' },
    };
  }

  problem({ from, to }, { instances, seen }) {
    const unknown = [from, to].find((revision) => instances[revision] === undefined);
    if (unknown !== undefined)
      return { code: 'REVISION_UNKNOWN', detail: `no consumer says that it is of ${unknown}: start some` };
    const { operation, desired } = this.request;
    const small = operation === 'shift' ? tooSmall(seen, movesTo(seen, { from, to }, desired.weight)) : undefined;
    if (small === undefined) return undefined;
    const detail = `the consumers of ${small.revision} have room for ${small.room} partitions, not for ${small.own}: start more of them`;
    return { code: 'NO_CAPACITY', detail };
  }

  async write(request, record, { seen, weights }) {
    const isBegun = goesOn(record, seen.record);
    const begun = isBegun ? seen.record : { ...record, before: weights, begun: true };
    const moves = movesTo(seen, request.revision, request.desired.weight);
    if (!isBegun && !(await this.queue.assign(moves, begun, seen))) throw again();
    let last = await this.queue.look();
    while (isUnsettled(last)) {
      if (timeLeft(request) < 0) throw again(0.5);
      last = await this.nextLook();
    }
    await this.queue.replace(begun, record);
    // Somebody else has assigned some meanwhile: asked again, it is told.
    if (movesTo(last, request.revision, request.desired.weight).length > 0) throw again();
  }

  async nextLook() {
    await pause(LOOK_EVERY_MS);
    return this.queue.look();
  }

  close() {
    return this.queue.close();
  }
}

void serve((request) => new Partitions(request));
