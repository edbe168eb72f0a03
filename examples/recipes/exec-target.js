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

/** `wayOut` says what leads out of it, where the sentence does not and what usually does for its code would not. */
const refused = (code, detail, wayOut) => new Answer('refused', { code, detail, ...(wayOut ? { wayOut } : {}) });
/** The same document comes again, after that long. */
const again = (seconds = 0.1) => new Answer('accepted', { pollAfterSeconds: seconds });

/**
 * Reads the document, asks the place and prints its answer. A place has
 *   read()              what is there: `weights` and, where they differ from them, `capacity` and `instances`, each by
 *                       revision; `record`, the newest effect as it was kept, `begun` where it is not at its end;
 *                       `unsettled` while what is there is not what was asked for last, `coming` while that is somebody
 *                       else's change; `units` and `owner` where there are any; `by`, who has made the newest change,
 *                       where that is known; `prepared`, the newest `prepare` as it was kept, where there is something to
 *                       prepare
 *   problem(pair, now)  why the move could not be made, `{ code, detail, wayOut }`; undefined where it could
 *   prepare(request, record, now)  optional: keeps the record and asks for capacity; says whether it had to
 *   write(request, record, now)  makes the change and keeps the record with it, only where all is as it was read;
 *                       throws `again()` where it was not
 *   close()             optional: ends its connections
 */
async function serve(open) {
  try {
    print(await answerOf(open, JSON.parse(readFileSync(0, 'utf8'))));
  } catch (error) {
    complain(error);
    process.exitCode = 1;
  }
}

/** Asks the place, whatever becomes of it; throws what is to be tried again. */
async function answerOf(open, request) {
  const place = open(request);
  try {
    return await answerTo(request, place);
  } catch (error) {
    if (error instanceof Answer) return error;
    throw error;
  } finally {
    await place.close?.();
  }
}

const complain = (error) =>
  process.stderr.write(`${[error.message, error.cause?.message].filter(Boolean).join(': ')}\n`);

function print({ status, body }) {
  process.exitCode = EXIT_CODES[status];
  process.stdout.write(`${JSON.stringify(body)}\n`);
}

async function answerTo(request, place) {
  const now = await place.read();
  if (request.operation === 'observe') return new Answer('done', { observed: observed(now) });
  const problem = await place.problem?.(request.revision, now);
  if (problem !== undefined) throw refused(problem.code, problem.detail, problem.wayOut);
  switch (request.operation) {
    case 'check':
      return new Answer('done', { detail: `can move to ${request.revision.to}`, observed: observed(now) });
    case 'prepare':
      return prepare(request, place, now);
    case 'shift':
      return shift(request, place, now);
    default:
      throw refused('OTHER', `the operation ${request.operation} is not known`);
  }
}

/** One that comes late makes nothing ready; where nothing ever is, there is no number of it to come after. */
async function prepare(request, place, now) {
  const conflict = ofEarlierRollback(request, now.record) ?? notAfter(request, now.prepared);
  if (conflict !== undefined) throw new Answer('conflict', { ...conflict, observed: observed(now) });
  return new Answer((await place.prepare?.(request, recordOf(request), now)) ? 'done' : 'alreadyInState');
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
  const { revision, expected } = request;
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
  const late = ofEarlierRollback(request, now.prepared) ?? notAfter(request, record);
  if (late !== undefined) return late;
  if (isTry(request) && now.unsettled)
    return changed('something is on its way that has not come about, and a try must not take it back: wait for it');
  // What is on its way by an effect of our own is nobody else's change.
  if (there || onItsWay(now) || Math.abs(have - expected.weight) <= EXPECTED_TOLERANCE) return undefined;
  return changed(`${serves}, not ${expected.weight} %`);
}

/** Why an effect does not come after the newest one of its kind; undefined where it does, or is that very one. */
function notAfter(request, record) {
  const { effect, rollback } = request;
  if (record === undefined || isSame(request, record) || isLater(effect, record)) return undefined;
  const code = record.rollback === rollback && record.number === effect.number ? 'OTHER_WISH' : 'LATE_EFFECT';
  const before = `number ${record.number} of ${record.rollback}, ${record.wish}`;
  return { code, detail: `number ${effect.number} does not come after ${before}` };
}

/** Numbers of `prepare` and `shift` are kept apart; the rollbacks that they are of come after one another. */
function ofEarlierRollback({ effect }, other) {
  if (other === undefined || effect.epoch >= other.epoch) return undefined;
  return {
    code: 'LATE_EFFECT',
    detail: `it is of an earlier rollback than number ${other.number} of ${other.rollback}`,
  };
}

/** Somebody tries whether a share can be set, with the one that is served (`doctor --try-shift`): nothing may move by it. */
const isTry = ({ rollback }) => rollback.startsWith('doctor/');

/** Whether an effect is the one that was begun before and is not at its end. */
const goesOn = (record, before) =>
  before?.begun === true && before.epoch === record.epoch && before.number === record.number;

const onItsWay = ({ record, unsettled }) => unsettled === true && record?.begun === true;

const isLater = (effect, { epoch, number }) =>
  effect.epoch > epoch || (effect.epoch === epoch && effect.number > number);

/** What is kept of an effect beside what it changed. */
function recordOf({ operation, rollback, effect, revision, expected, desired }) {
  const share = operation === 'shift' ? `${expected.weight} to ${desired.weight} %` : `room for ${desired.weight} %`;
  const wish = `${revision.from} to ${revision.to}, ${share}`;
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
    ...(onItsWay(now) || now.coming ? { uneven: true } : {}),
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

module.exports = { Answer, again, answerOf, complain, goesOn, options, refused, serve, timeLeft, unitsFor };
