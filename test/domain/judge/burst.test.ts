import { burstiness } from '../../../src/domain/judge';
import { seeded } from './support';

const steady = (count: number, bad: (index: number) => number, requests = 1_000) =>
  Array.from({ length: count }, (_, index) => ({ requests, bad: bad(index) }));

describe('burstiness, read from the suspect before the phase', () => {
  it('asks for three intervals and says so where there is no history', () => {
    expect(burstiness([])).toEqual({ minIntervals: 3, phi: 1, historyKnown: false });
    expect(burstiness(steady(30, () => 0, 0))).toMatchObject({ historyKnown: false });
  });

  it('needs two intervals where errors come one at a time', () => {
    const random = seeded(3);
    const alone = steady(30, () => {
      let bad = 0;
      for (let request = 0; request < 1_000; request += 1) if (random() < 0.05) bad += 1;
      return bad;
    });
    expect(burstiness(alone)).toEqual({ minIntervals: 2, phi: 1, historyKnown: true });
  });

  it('needs more intervals where calm and burst last, and takes jumps between them for no clump', () => {
    const { minIntervals, phi } = burstiness(steady(30, (index) => (index % 10 < 5 ? 20 + (index % 2) : 120)));
    expect(minIntervals).toBe(9);
    expect(phi).toBeLessThan(2);
  });

  it('sees how large clumps are where they come and go at once', () => {
    const random = seeded(5);
    const { phi, minIntervals } = burstiness(steady(30, () => 8 * Math.floor(random() * 13)));
    expect(phi).toBeGreaterThan(3);
    expect(phi).toBeLessThanOrEqual(20);
    expect(minIntervals).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['too few intervals', steady(11, (index) => (index % 2) * 200)],
    ['too few errors', steady(30, (index) => (index === 7 ? 11 : 0))],
    ['nothing but errors', steady(30, () => 1_000)],
  ])('says nothing of bursts with %s', (_name, history) => {
    expect(burstiness(history)).toEqual({ minIntervals: 2, phi: 1, historyKnown: true });
  });

  it('reads the last thirty intervals alone', () => {
    const wild = steady(30, (index) => (index % 10 < 5 ? 0 : 200));
    expect(burstiness([...wild, ...steady(30, () => 50)])).toEqual(burstiness(steady(30, () => 50)));
  });
});
