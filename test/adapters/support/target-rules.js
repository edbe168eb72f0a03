'use strict';

/**
 * The rules of the target contract over a plain value, written from the contract and not from any adapter: what a
 * server or a program of somebody else's would do. Returns a new state and an answer with an HTTP status.
 */
function answer(state, request, key) {
  const { operation, revision, effect, desired, expected } = request;
  const observed = () => ({
    revisions: Object.entries(state.revisions).map(([name, entry]) => ({ revision: name, ...entry })),
    ...(state.units ? { units: state.units } : {}),
  });
  const reply = (status, body) => ({ status, body: { ...body, ...(status === 422 ? {} : { observed: observed() }) } });
  if (operation === 'observe') return reply(200, { status: 'done' });
  const unknown = [revision.from, revision.to].find((name) => !state.revisions[name]);
  if (unknown)
    return { status: 422, body: { status: 'refused', code: 'REVISION_UNKNOWN', detail: `no ${unknown} here` } };
  if (operation === 'check') return reply(200, { status: 'done' });

  const body = JSON.stringify([revision, desired, expected]);
  const before = state.keys[key];
  if (before) {
    if (before.body === body) return before.reply;
    return reply(409, { status: 'conflict', code: 'OTHER_WISH', detail: 'another wish under the same number' });
  }
  const fence = state.fences[operation];
  if (fence && (effect.epoch < fence.epoch || (effect.epoch === fence.epoch && effect.number <= fence.number)))
    return reply(409, { status: 'conflict', code: 'LATE_EFFECT', detail: 'a newer effect was here' });
  if (Object.values(state.fences).some(({ epoch }) => epoch > effect.epoch))
    return reply(409, { status: 'conflict', code: 'LATE_EFFECT', detail: 'a later rollback was here' });
  const to = state.revisions[revision.to];
  const from = state.revisions[revision.from];
  let changed = false;
  if (operation === 'prepare') {
    changed = to.readyCapacity < desired.weight;
    to.readyCapacity = Math.max(to.readyCapacity, desired.weight);
    to.readyInstances = Math.ceil(to.readyCapacity / 50);
  } else if (to.weight !== inUnits(desired.weight, state.units)) {
    if (to.weight !== expected.weight)
      return reply(409, { status: 'conflict', code: 'CHANGED_BY_OTHERS', detail: `serves ${to.weight} %` });
    const weight = inUnits(desired.weight, state.units);
    from.weight -= weight - to.weight;
    to.weight = weight;
    changed = true;
  }
  state.fences[operation] = effect;
  if (changed) state.changes += 1;
  const done = reply(200, { status: changed ? 'done' : 'alreadyInState' });
  state.keys[key] = { body, reply: done };
  return done;
}

/** The fewest whole units that are no less than what is wanted, but for a hundredth of one. */
function inUnits(weight, units) {
  return units ? (Math.ceil((weight / 100) * units.total - 0.01) / units.total) * 100 : weight;
}

function freshState(units) {
  return {
    ...(units ? { units } : {}),
    revisions: {
      v42: { weight: 100, readyCapacity: 100, readyInstances: 2 },
      v41: { weight: 0, readyCapacity: 0, readyInstances: 0 },
    },
    fences: {},
    keys: {},
    changes: 0,
  };
}

module.exports = { answer, freshState };
