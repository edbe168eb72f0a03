'use strict';
// Preloaded into a deployed process: tells what it holds when its parent asks, after the garbage is gone.
/* global gc */
const countBy = (names) => names.reduce((counts, name) => ({ ...counts, [name]: (counts[name] ?? 0) + 1 }), {});

process.on('message', (message) => {
  if (message !== 'what do you hold?') return;
  gc();
  gc();
  const { rss, heapUsed } = process.memoryUsage();
  const listeners = process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
  process.send({
    rssMiB: Math.round(rss / 2 ** 20),
    heapMiB: Math.round((heapUsed / 2 ** 20) * 10) / 10,
    resources: countBy(process.getActiveResourcesInfo()),
    listeners: Object.fromEntries(listeners),
  });
});
// The channel alone keeps nobody alive.
process.channel?.unref();
