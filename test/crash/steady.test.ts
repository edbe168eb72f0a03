import { readFileSync } from 'node:fs';
import type { RollbackRef } from '../../src/domain/rollback/request';
import { delay, Lab } from './support/lab';
import type { Holdings } from './support/lab';
import { alert, deployAgain, eventually, importPast, patience, say, until } from './support/people';

/** Rollbacks that begin and end for half an hour, and what the processes hold meanwhile. */
const MINUTES = Number(process.env.STEADY_MINUTES ?? 30);
const SERVICES = Array.from({ length: 10 }, (_, index) => `${index % 3 === 0 ? 'stuck' : 'helps'}-${index}`);
const LOOK_EVERY_MS = (MINUTES * 60_000) / 60;
const LONGEST_MS = (MINUTES + 10) * 60_000;
/** What the last third may hold more than the one before it. */
const MORE = { rss: 1.1, heap: 1.1, resources: 5 } as const;
const DEPLOYED = ['worker', 'gateway'] as const;

const lab = new Lab();
const looks: Record<(typeof DEPLOYED)[number], Holdings[]> = { worker: [], gateway: [] };
const ended = { rollbacks: 0 };
let isOver = false;

/** One rollback after the other, each looked at through the gateway as a page would. */
async function liveOn(service: string): Promise<void> {
  await importPast(lab, service);
  for (let number = 1; !isOver; number += 1) {
    const ref: RollbackRef = { environment: 'prod', service, number };
    await alert(lab, service, `incident-${number}`);
    if (service.startsWith('stuck')) {
      await until(lab, ref, 'it halts', (view) => view.wait?.for === 'verdict');
      await say(lab, ref, 'unwind');
    }
    await until(lab, ref, 'it ends', (view) => view.end !== undefined);
    for (const path of [`rollbacks/prod/${service}/${number}`, 'rollbacks', `services/prod/${service}`])
      await (await fetch(`${lab.gatewayUrl}/v1/${path}`)).text();
    ended.rollbacks += 1;
    if (!service.startsWith('stuck')) await deployAgain(lab, service);
  }
}

async function lookOn(): Promise<void> {
  const end = Date.now() + MINUTES * 60_000;
  while (Date.now() < end) {
    await delay(LOOK_EVERY_MS);
    for (const name of DEPLOYED) {
      const held = await lab.holdings(name);
      looks[name].push(held);
      process.stderr.write(`${ended.rollbacks} rollbacks, ${name} ${JSON.stringify(held)}\n`);
    }
  }
  isOver = true;
}

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** The median of the middle third of the looks, when everything is warm, and of the last. */
function thirds(name: (typeof DEPLOYED)[number], of: (held: Holdings) => number): { before: number; after: number } {
  const values = looks[name].map(of);
  const third = Math.floor(values.length / 3);
  const median = (some: readonly number[]): number =>
    some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? NaN;
  return { before: median(values.slice(third, -third)), after: median(values.slice(-third)) };
}

beforeAll(async () => {
  await lab.open(
    SERVICES.map((name) => ({ name, mode: 'auto' })),
    { processes: 'single', probed: true },
  );
  Object.assign(patience, { everyMs: 500 });
  await eventually('the gateway is ready', async () => (await fetch(`${lab.gatewayUrl}/readyz`)).ok || undefined);
  await Promise.all([lookOn(), ...SERVICES.map(liveOn)]);
}, LONGEST_MS);

afterAll(() => lab.close(), LONGEST_MS);

describe('rollbacks that begin and end for a long time', () => {
  it('end one after the other, while the processes are looked at', () => {
    process.stderr.write(`${ended.rollbacks} rollbacks in ${MINUTES} minutes\n`);
    expect(ended.rollbacks).toBeGreaterThan(SERVICES.length * 3);
    expect(looks.worker.length).toBeGreaterThan(30);
  });

  it.each(DEPLOYED)('leave the memory of a %s flat', (name) => {
    const rss = thirds(name, (held) => held.rssMiB);
    const heap = thirds(name, (held) => held.heapMiB);
    process.stderr.write(`${name}: resident ${JSON.stringify(rss)}, heap ${JSON.stringify(heap)} MiB\n`);
    expect(rss.after).toBeLessThanOrEqual(rss.before * MORE.rss);
    expect(heap.after).toBeLessThanOrEqual(heap.before * MORE.heap);
  });

  it.each(DEPLOYED)('leave no timer, socket or listener in a %s', (name) => {
    const resources = thirds(name, (held) => total(held.resources));
    const listeners = thirds(name, (held) => total(held.listeners));
    process.stderr.write(`${name}: resources ${JSON.stringify(resources)}, listeners ${JSON.stringify(listeners)}\n`);
    expect(resources.after).toBeLessThanOrEqual(resources.before + MORE.resources);
    expect(listeners.after).toBe(listeners.before);
    // Node warns of an emitter, whichever it is, that gathers listeners.
    expect(readFileSync(lab.logOf(name), 'utf8')).not.toContain('MaxListenersExceededWarning');
  });
});
