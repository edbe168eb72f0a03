'use strict';

// A server that speaks the HTTP contract of targets: signatures, statuses, one effect at a time, and the end of what
// takes longer than a call. What becomes of a document is in exec-target.js; copy both beside the program that you use.
const { createHash, createHmac, timingSafeEqual } = require('node:crypto');
const { createServer } = require('node:http');
const { again, answerOf, complain, timeLeft } = require('./exec-target');

const STATUSES = { done: 200, alreadyInState: 200, accepted: 202, conflict: 409, refused: 422 };
const MOST_BYTES = 65_536;
/** Of one call; what goes on is asked for again. */
const LONGEST_MS = 5_000;
/** As far as clocks may be apart, by Standard Webhooks. */
const CLOCKS_APART_S = 300;
/** Effects that go on, for whoever asks how they ended; a caller who asks for one that is not here any more asks anew. */
const MOST_KEPT = 100;

/** Serves places as `exec-target.js` describes them; gives the server back. */
function serveHttp(open, { secret, host, port }) {
  const going = new Map();
  let turn = Promise.resolve();
  /** One effect after another, so that nobody of ours comes between a look and its change. */
  const inTurn = (work) => (turn = turn.then(work, work));

  async function answered(document) {
    const due = inTime(document);
    if (document.effect === undefined) return answerOf(open, due);
    // One that has waited until nobody waits for it is not begun: the same document comes again.
    const answer = await inTurn(() => (timeLeft(due) < 0 ? again() : answerOf(open, due)));
    const id = idOf(document);
    going.delete(id);
    if (answer.status === 'accepted') going.set(id, document);
    if (going.size > MOST_KEPT) going.delete(going.keys().next().value);
    return answer;
  }

  async function replyTo(request) {
    const text = await textOf(request);
    if (text === undefined) return { status: 413, body: { detail: `a document has at most ${MOST_BYTES} bytes` } };
    if (!isSigned(secret, request.headers, text))
      return { status: 401, body: { detail: 'it is not signed as agreed' } };
    const { pathname } = new URL(request.url, 'http://target');
    const document = request.method === 'POST' ? parsed(text) : going.get(pathname.split('/').at(-1));
    if (document === undefined) return { status: 404, body: { detail: 'nothing is known of it: ask again by POST' } };
    const { status, body } = await answered(document);
    if (status !== 'accepted') return { status: STATUSES[status], body };
    const at = pathname.replace(/\/effects\/\w+$|\/$/, '');
    return { status: STATUSES[status], body: { ...body, statusUrl: `${at}/effects/${idOf(document)}` } };
  }

  const server = createServer((request, response) => {
    const send = ({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    replyTo(request).then(send, (error) => {
      complain(error);
      send({ status: 503, body: { detail: 'it cannot be asked now' } });
    });
  });
  return server.listen(Number(port), host);
}

/** With a deadline that a connection lives to see, whatever the caller's patience is. */
function inTime(document) {
  const deadline = Math.min(Date.parse(document.deadline), Date.now() + LONGEST_MS);
  return { ...document, deadline: new Date(deadline).toISOString() };
}

/** Of an effect, the same over all attempts. */
function idOf({ rollback, target, operation, effect }) {
  const key = JSON.stringify([rollback, target, operation, effect.epoch, effect.number]);
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

/** The whole body; undefined where it is too long. */
async function textOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** By Standard Webhooks: somebody who has the secret has said exactly this, just now. */
function isSigned(secret, headers, text) {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(Date.now() / 1_000 - Number(at)) <= CLOCKS_APART_S)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const own = createHmac('sha256', key).update(`${id}.${at}.${text}`).digest();
  return signatures.split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === own.length && timingSafeEqual(given, own);
  });
}

function parsed(text) {
  try {
    const document = JSON.parse(text);
    const isOne = typeof document?.operation === 'string' && !Number.isNaN(Date.parse(document.deadline));
    return isOne ? document : undefined;
  } catch {
    return undefined;
  }
}

module.exports = { serveHttp };
