'use strict';
// Preloaded into a deployed process: tells what it holds when its parent asks, after the garbage is gone. The threads of
// the process, in which workflows run, load it too: each tells what its own heap holds.
/* global gc */
const { BroadcastChannel, isMainThread } = require('node:worker_threads');

const channel = new BroadcastChannel('holdings');
channel.unref();
const countBy = (names) => names.reduce((counts, name) => ({ ...counts, [name]: (counts[name] ?? 0) + 1 }), {});
const inMiB = (bytes) => Math.round((bytes / 2 ** 20) * 10) / 10;

function heapWithoutGarbage() {
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

function asThread() {
  channel.postMessage({ kind: 'here' });
  channel.onmessage = ({ data }) => {
    if (data.kind === 'ask') channel.postMessage({ kind: 'heap', bytes: heapWithoutGarbage() });
  };
}

function asProcess() {
  let threads = 0;
  let heaps = [];
  let heard = () => {};
  channel.onmessage = ({ data }) => {
    if (data.kind === 'here') threads += 1;
    if (data.kind === 'heap') heaps.push(data.bytes);
    heard();
  };
  const heapsOfThreads = () =>
    new Promise((resolve) => {
      heaps = [];
      heard = () => heaps.length >= threads && resolve(heaps);
      channel.postMessage({ kind: 'ask' });
      heard();
    });
  process.on('message', async (message) => {
    if (message !== 'what do you hold?') return;
    const ofThreads = (await heapsOfThreads()).reduce((sum, bytes) => sum + bytes, 0);
    const heap = heapWithoutGarbage();
    const listeners = process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
    process.send({
      rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
      heapMiB: inMiB(heap + ofThreads),
      threads,
      resources: countBy(process.getActiveResourcesInfo()),
      listeners: Object.fromEntries(listeners),
    });
  });
  // The channel alone keeps nobody alive.
  process.channel?.unref();
}

if (isMainThread) asProcess();
else asThread();
