'use strict';

// Keeps the newest effect of a place that has nowhere to keep it. It holds only where every worker of phased-rollback
// runs the program on the same machine.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const path = require('node:path');
const { again } = require('./exec-target');

/** One process at a time, for as long as it lives: the kernel gives a name of an abstract socket away only once. */
async function alone(file) {
  const name = createHash('sha256').update(path.resolve(file)).digest('hex').slice(0, 32);
  const server = createServer();
  await new Promise((fulfilled, rejected) => {
    server.once('error', (error) => rejected(error.code === 'EADDRINUSE' ? again() : error));
    server.listen(`\0phased-rollback-${name}`, fulfilled);
  });
  server.unref();
}

/** The record; undefined where there is none. One that cannot be read is an error, never none. */
function readFence(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  return JSON.parse(text);
}

/** The newest effect of each kind, of a place that has something to prepare; each undefined where there was none. */
function readEffects(file) {
  const { prepared, ...record } = readFence(file) ?? {};
  return { record: record.epoch === undefined ? undefined : record, prepared };
}

/** In one piece, or not at all. */
function writeFence(file, record) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(record), { flush: true });
  renameSync(`${file}.new`, file);
}

module.exports = { alone, readEffects, readFence, writeFence };
