import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { limitedTo } from '../../src/ports';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** When the signal was aborted, in milliseconds from now; undefined where that never happens. */
async function abortedAfter(signal: AbortSignal): Promise<number | undefined> {
  const began = Date.now();
  let ended: number | undefined;
  signal.addEventListener('abort', () => (ended = Date.now() - began));
  for (let round = 0; round < 40 && ended === undefined; round += 1) {
    await sleep(25);
    collectGarbage();
  }
  return ended;
}

describe('a signal that is limited in time', () => {
  it('ends at its limit, though nobody holds the limit and garbage is collected meanwhile', async () => {
    const forever = new AbortController().signal;
    expect(await abortedAfter(limitedTo(limitedTo(forever, 60_000), 300))).toBeGreaterThanOrEqual(250);
    expect(await abortedAfter(limitedTo(limitedTo(forever, 300), 60_000))).toBeGreaterThanOrEqual(250);
  });

  it('ends at once with the signal that it is limited beside', async () => {
    const word = new AbortController();
    const both = limitedTo(word.signal, 60_000);
    word.abort();
    expect(both.aborted).toBe(true);
  });
});
