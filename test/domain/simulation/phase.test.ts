import { createHash } from 'node:crypto';
import { drawWorld, generator, openPhase, simulatePhase } from '../../../src/domain/simulation';
import type { World } from '../../../src/domain/simulation';

const TIMING = { intervalSeconds: 10, history: 30, intervals: 60 };
const plain: World = { requestsPerSecond: 100, share: 0.25, stable: 0.001, current: 0.05 };
const play = (world: World, run = 0) => simulatePhase(world, generator(777, run), TIMING);
const last = (world: World, run = 0) => play(world, run).samples[TIMING.intervals - 1]!;
const ratio = (counts: { requests: number; bad: number } | null) => counts!.bad / counts!.requests;

describe('a simulated phase', () => {
  it('shows the same counters on every machine for the same seed and run', () => {
    const gaps = { scrape: 0.3, blackout: true, restart: 0.02 };
    const { history, samples } = play({ ...plain, gaps });
    expect(history.slice(0, 2)).toEqual([
      { requests: 946, bad: 46 },
      { requests: 998, bad: 42 },
    ]);
    expect(samples.slice(0, 2)).toEqual([
      { at: 10_000, stable: { requests: 256, bad: 1 }, current: null },
      { at: 20_000, stable: { requests: 527, bad: 2 }, current: { requests: 1520, bad: 67 } },
    ]);
  });

  it('keeps the worlds of two hundred draws and all that happens in them', () => {
    const hash = createHash('sha256');
    for (let run = 0; run < 200; run += 1) {
      const { world } = drawWorld(generator(1 ^ 0x5bd1e995, run));
      hash.update(JSON.stringify(simulatePhase(world, generator(1, run), TIMING)));
    }
    expect(hash.digest('hex')).toBe('832f85a6e12e0d877cc3c605178cc4ab1fd24ebb3f6baa938ccbd0f0a9f73249');
  });

  it('shows the same where it is watched sample by sample, and draws nothing that nobody looks at', () => {
    const random = jest.fn(generator(777, 0));
    const { history, samples } = openPhase(plain, random, TIMING);
    expect(history).toEqual(play(plain).history);
    expect([samples.next().value, samples.next().value]).toEqual(play(plain).samples.slice(0, 2));
    const drawn = random.mock.calls.length;
    samples.next();
    expect(random.mock.calls.length).toBeGreaterThan(drawn);
  });

  it('counts what the two revisions serve and fail in their shares', () => {
    const { stable, current } = last({ ...plain, guardrails: { latency: { stable: 0.12, current: 0.02 } } }, 3);
    expect(stable!.requests).toBeGreaterThan(14_500);
    expect(stable!.requests).toBeLessThan(15_500);
    expect(ratio(stable)).toBeLessThan(0.003);
    expect(ratio(current)).toBeCloseTo(0.05, 2);
    expect(stable!.guardrails!.latency! / stable!.requests).toBeCloseTo(0.12, 2);
    expect(current!.guardrails!.latency! / current!.requests).toBeCloseTo(0.02, 2);
  });

  it('leaves the mean ratio as it is where failures come in waves and clumps', () => {
    const waves = { enter: 1 / 9, leave: 1 / 3, calm: 0.4, burst: 2.8 };
    const world: World = { ...plain, waves, clumps: { kind: 'geometric', mean: 4 } };
    const ratios = Array.from({ length: 100 }, (_, run) => ratio(last(world, run).current));
    expect(ratios.reduce((sum, value) => sum + value, 0) / ratios.length).toBeCloseTo(0.05, 2);
  });

  it('hits both revisions where they share what fails', () => {
    const world: World = { ...plain, stable: 0, current: 0, shared: { enter: 1, leave: 0.01, points: 0.4 } };
    const { stable, current } = last(world);
    expect(ratio(stable)).toBeGreaterThan(0.2);
    expect(ratio(current)).toBeGreaterThan(0.2);
  });

  it('fails more on a cold stable only until it is warm', () => {
    const { samples } = play({ ...plain, stable: 0, warmUp: { seconds: 20, stable: 0.1 } });
    const bad = samples.map(({ stable }) => stable!.bad);
    expect(bad[0]).toBeGreaterThan(0);
    expect(bad[1]).toBeGreaterThan(bad[0]!);
    expect(bad[59]).toBe(bad[1]);
  });

  it('has no control where all is on stable', () => {
    expect(last({ ...plain, share: 1 }).current).toEqual({ requests: 0, bad: 0 });
  });

  it('goes dark for a minute and restarts counters where it is badly measured', () => {
    const { samples } = play({ ...plain, gaps: { scrape: 0, blackout: true, restart: 0.05 } });
    const dark = samples.filter(({ stable, current }) => stable === null && current === null);
    expect(dark).toHaveLength(6);
    const seen = samples.flatMap(({ stable }) => (stable ? [stable.requests] : []));
    expect(seen.some((requests, index) => index > 0 && requests < seen[index - 1]!)).toBe(true);
  });
});

describe('a drawn world', () => {
  it('helps in half of the draws, and has shares, traffic and ratios of its own', () => {
    const draws = Array.from({ length: 2_000 }, (_, run) => drawWorld(generator(5, run)));
    const share = (truth: string) => draws.filter((drawn) => drawn.truth === truth).length / draws.length;
    expect(share('helps')).toBeCloseTo(0.5, 1);
    expect(share('equal')).toBeCloseTo(0.3, 1);
    expect(share('worse')).toBeCloseTo(0.2, 1);
    for (const { truth, world } of draws) {
      const order = { helps: world.stable < 0.3 * world.current, equal: world.stable === world.current }[
        truth as 'helps' | 'equal'
      ];
      expect(truth === 'worse' ? world.stable > world.current : order).toBe(true);
      expect(world.requestsPerSecond).toBeGreaterThanOrEqual(1);
      expect(world.requestsPerSecond).toBeLessThanOrEqual(1_000);
    }
  });
});
