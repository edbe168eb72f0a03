'use strict';

// Which instances run which revision, and what to start and stop for another share. Pure.
const { unitsFor } = require('../exec-target');
const { AT_WORK, RUNNING } = require('./supervisor-api');

/** The processes of every revision: groups that are called `prefix` and the revision, with a process for each instance. */
function fleetOf(processes, prefix) {
  const own = processes.filter(({ group }) => group.startsWith(prefix));
  const states = {};
  for (const { group, name, state } of own) (states[group.slice(prefix.length)] ??= {})[name] = state;
  const names = [...new Set(own.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return { prefix, states, names };
}

const works = (fleet, revision, name) => AT_WORK.includes(fleet.states[revision]?.[name]);
const revisionsAt = (fleet, name) => Object.keys(fleet.states).filter((revision) => works(fleet, revision, name));

/** True while an instance is between two revisions, or on its way to one. */
function isUnsettled(fleet) {
  return fleet.names.some((name) => {
    const there = revisionsAt(fleet, name);
    return there.length > 1 || there.some((revision) => fleet.states[revision][name] !== RUNNING);
  });
}

/** Shares, capacity and instances by revision. One can be started that did not fail to; it then works at once. */
function readingOf({ states, names }) {
  const fleet = { states, names };
  const count = (revision, holds) => names.filter((name) => holds(name, states[revision][name])).length;
  const percent = (number) => (number / names.length) * 100;
  const alone = (name) => revisionsAt(fleet, name).length === 1;
  const by = (value) => Object.fromEntries(Object.keys(states).map((revision) => [revision, value(revision)]));
  return {
    weights: by((revision) => percent(count(revision, (name, state) => state === RUNNING && alone(name)))),
    capacity: by((revision) =>
      percent(count(revision, (_, state) => ['RUNNING', 'STARTING', 'STOPPED', 'EXITED'].includes(state))),
    ),
    instances: by((revision) => count(revision, (_, state) => state === RUNNING)),
  };
}

/**
 * What has to be started and stopped. Instances of `to` stay what they are while the share grows, and the last that
 * came are the first that go; those of a third revision are nobody's to take.
 */
function stepsTo(fleet, { from, to }, weight) {
  const free = fleet.names.filter((name) => revisionsAt(fleet, name).every((there) => there === from || there === to));
  const already = free.filter((name) => works(fleet, to, name));
  const order = [...already, ...free.filter((name) => !already.includes(name))];
  const chosen = order.slice(0, unitsFor(weight, fleet.names.length));
  const rest = free.filter((name) => !chosen.includes(name));
  const wanted = [
    ...chosen.map((name) => ({ own: to, other: from, name })),
    ...rest.map((name) => ({ own: from, other: to, name })),
  ];
  const state = (revision, name) => fleet.states[revision]?.[name];
  const ids = (revisionOf, holds) =>
    wanted.filter(holds).map((each) => `${fleet.prefix}${revisionOf(each)}:${each.name}`);
  return {
    start: ids(
      ({ own }) => own,
      ({ own, name }) => !works(fleet, own, name),
    ),
    starting: wanted.filter(({ own, name }) => works(fleet, own, name) && state(own, name) !== RUNNING).length,
    broken: ids(
      ({ own }) => own,
      ({ own, name }) => ['FATAL', 'EXITED'].includes(state(own, name)),
    ),
    stop: ids(
      ({ other }) => other,
      ({ other, name }) => works(fleet, other, name) && state(other, name) !== 'STOPPING',
    ),
    stopping: wanted.filter(({ other, name }) => works(fleet, other, name)).length,
  };
}

module.exports = { fleetOf, isUnsettled, readingOf, stepsTo };
