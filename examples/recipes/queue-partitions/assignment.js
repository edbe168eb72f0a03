'use strict';

// Which partitions serve which revision, and which to assign for another share. Pure.
const { unitsFor } = require('../exec-target');

/** True while a partition is consumed by another revision than the one it is assigned to, or by nobody. */
const isUnsettled = ({ partitions }) => partitions.some(({ revision, holder }) => holder !== revision);

/** Shares as they are consumed, capacity and consumers by revision. */
function readingOf({ partitions, consumers }) {
  const percent = (number) => (number / partitions.length) * 100;
  const named = [
    ...partitions.flatMap(({ revision, holder }) => [revision, holder]),
    ...consumers.map(({ revision }) => revision),
  ];
  const revisions = [...new Set(named.filter((name) => name !== undefined))];
  const by = (value) => Object.fromEntries(revisions.map((revision) => [revision, value(revision)]));
  const own = (revision) => consumers.filter((consumer) => consumer.revision === revision);
  return {
    weights: by((revision) => percent(partitions.filter(({ holder }) => holder === revision).length)),
    capacity: by((revision) => Math.min(100, percent(roomOf(consumers, revision)))),
    instances: by((revision) => own(revision).length),
  };
}

const roomOf = (consumers, revision) =>
  consumers.filter((consumer) => consumer.revision === revision).reduce((sum, { room }) => sum + room, 0);

/**
 * What has to be assigned anew. Partitions of `to` stay what they are while the share grows, and the last that came are
 * the first that go; those of a third revision are nobody's to take.
 */
function movesTo({ partitions }, { from, to }, weight) {
  const free = partitions.filter(({ revision }) => revision === from || revision === to);
  const order = [
    ...free.filter(({ revision }) => revision === to),
    ...free.filter(({ revision }) => revision === from),
  ];
  const wanted = unitsFor(weight, partitions.length);
  return order.flatMap(({ number, revision }, place) => {
    const own = place < wanted ? to : from;
    return own === revision ? [] : [{ number, revision: own }];
  });
}

/** A revision that would get more partitions than its consumers have room for; undefined where there is none. */
function tooSmall({ partitions, consumers }, moves) {
  const [first] = moves;
  if (first === undefined) return undefined;
  const own = partitions.filter(({ revision }) => revision === first.revision).length + moves.length;
  const room = roomOf(consumers, first.revision);
  return own > room ? { revision: first.revision, own, room } : undefined;
}

module.exports = { isUnsettled, movesTo, readingOf, tooSmall };
