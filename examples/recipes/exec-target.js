'use strict';

// What the programs of the recipes have in common: the documents and exit codes of the exec target, and what makes an
// effect that comes late or twice harmless. Copy it beside the program that you use.
const { readFileSync } = require('node:fs');

const EXIT_CODES = { done: 0, alreadyInState: 0, accepted: 10, conflict: 20, refused: 30 };
/** Shares that were set by others may be what a rollback calls the same. */
const EXPECTED_TOLERANCE = 0.5;
const SAME_SHARE = 0.01;
/** Left of the deadline for reading back and answering. */
const MARGIN_MS = 500;

/** What the program says in the end; thrown where it is known early. Anything else that is thrown is tried again. */
class Answer extends Error {
  constructor(status, body = {}) {
    super(body.detail ?? status);
    this.status = status;
    this.body = { status, ...body };
  }
}

const refused = (code, detail) => new Answer('refused', { code, detail });
/** The same document comes again, after that long. */
const again = (seconds = 0.1) => new Answer('accepted', { pollAfterSeconds: seconds });

/**
 * Reads the document, asks the place and prints its answer. A place has
 *   read()              what is there: `weights` and, where they differ from them, `capacity` and `instances`, each by
 *                       revision; `record`, the newest effect as it was kept, `begun` where it is not at its end; `units` and
 *                       `owner` where there are any; `by`, who has made the newest change, where that is known
 *   problem(pair, now)  why the move could not be made, `{ code, detail }`; undefined where it could
 *   prepare(request, now)  optional: asks for capacity; says whether it had to
 *   write(request, record, now)  makes the change and keeps the record with it, only where all is as it was read;
 *                       throws `again()` where it was not
 *   close()             optional: ends its connections
 */
async function serve(open) {
  const request = JSON.parse(readFileSync(0, 'utf8'));
  const place = open(request);
  try {
    print(await answerTo(request, place));
  } catch (error) {
    if (error instanceof Answer) return print(error);
    process.stderr.write(`${[error.message, error.cause?.message].filter(Boolean).join(': ')}\n`);
    process.exitCode = 1;
  } finally {
    await place.close?.();
  }
}

function print({ status, body }) {
  process.exitCode = EXIT_CODES[status];
  process.stdout.write(`${JSON.stringify(body)}\n`);
}

async function answerTo(request, place) {
  const now = await place.read();
  if (request.operation === 'observe') return new Answer('done', { observed: observed(now) });
  const problem = await place.problem?.(request.revision, now);
  if (problem !== undefined) throw refused(problem.code, problem.detail);
  switch (request.operation) {
    case 'check':
      return new Answer('done', { detail: `can move to ${request.revision.to}`, observed: observed(now) });
    case 'prepare':
      return new Answer((await place.prepare?.(request, now)) ? 'done' : 'alreadyInState');
    case 'shift':
      return shift(request, place, now);
    default:
      throw refused('OTHER', `the operation ${request.operation} is not known`);
  }
}

async function shift(request, place, now) {
  const have = now.weights[request.revision.to] ?? 0;
  const wanted = inUnits(request.desired.weight, now.units);
  const there = Math.abs(have - wanted) < SAME_SHARE && !now.unsettled;
  const conflict = conflictOf(request, now, have, there);
  if (conflict !== undefined) throw new Answer('conflict', { ...conflict, observed: observed(now) });
  if (there && isSame(request, now.record)) return new Answer('alreadyInState', { observed: observed(now) });
  await place.write(request, recordOf(request), now);
  const after = await place.read();
  return new Answer(there ? 'alreadyInState' : 'done', { observed: observed(after) });
}

/** Why the effect must not be made; undefined where it may, or was begun and goes on. */
function conflictOf(request, now, have, there) {
  const { revision, effect, expected } = request;
  const { record } = now;
  const serves = `${revision.to} has ${have} %`;
  const changed = (detail) => ({
    code: 'CHANGED_BY_OTHERS',
    detail: now.by ? `${detail}, newest change ${now.by}` : detail,
  });
  if (isSame(request, record))
    return there || record.begun
      ? undefined
      : changed(`it was done, and since then somebody else changed it: ${serves}`);
  if (record && !isLater(effect, record)) {
    const code = record.rollback === request.rollback && record.number === effect.number ? 'OTHER_WISH' : 'LATE_EFFECT';
    const before = `number ${record.number} of ${record.rollback}, ${record.wish}`;
    return { code, detail: `number ${effect.number} does not come after ${before}` };
  }
  // What is on its way by an effect of our own is nobody else's change.
  if (there || onItsWay(now) || Math.abs(have - expected.weight) <= EXPECTED_TOLERANCE) return undefined;
  return changed(`${serves}, not ${expected.weight} %`);
}

const onItsWay = ({ record, unsettled }) => unsettled === true && record?.begun === true;

const isLater = (effect, { epoch, number }) =>
  effect.epoch > epoch || (effect.epoch === epoch && effect.number > number);

/** What is kept of an effect beside what it changed. */
function recordOf({ rollback, effect, revision, expected, desired }) {
  const wish = `${revision.from} to ${revision.to}, ${expected.weight} to ${desired.weight} %`;
  return { epoch: effect.epoch, number: effect.number, rollback, wish };
}

function isSame(request, record) {
  const own = recordOf(request);
  return record !== undefined && Object.keys(own).every((key) => own[key] === record[key]);
}

/** The fewest whole units that are no less than what is wanted, but for a hundredth of one; in percent. */
function inUnits(weight, units) {
  return units ? (unitsFor(weight, units.total) / units.total) * 100 : weight;
}

const unitsFor = (weight, total) => Math.ceil((weight / 100) * total - 0.01);

function observed(now) {
  const { weights, capacity = {}, instances = {}, units, owner } = now;
  const revisions = Object.entries(weights).map(([revision, weight]) => ({
    revision,
    weight,
    readyCapacity: capacity[revision] ?? weight,
    readyInstances: instances[revision] ?? 0,
  }));
  return {
    revisions,
    ...(units ? { units } : {}),
    ...(owner ? { owner } : {}),
    ...(onItsWay(now) ? { uneven: true } : {}),
  };
}

/** Milliseconds that are left for work, so that an answer is printed before nobody waits for it. */
const timeLeft = (request) => Date.parse(request.deadline) - Date.now() - MARGIN_MS;

/** The values of `--name value` on the command line; one that is missing and has no default ends the program. */
function options(names, defaults = {}) {
  const given = process.argv.slice(2);
  const read = (name) => (given.includes(`--${name}`) ? given[given.indexOf(`--${name}`) + 1] : defaults[name]);
  const values = Object.fromEntries(names.map((name) => [name, read(name)]));
  const missing = names.filter((name) => values[name] === undefined);
  if (missing.length === 0) return values;
  process.stderr.write(`missing: ${missing.map((name) => `--${name}`).join(', ')}\n`);
  process.exit(64);
}

module.exports = { Answer, again, options, refused, serve, timeLeft, unitsFor };
