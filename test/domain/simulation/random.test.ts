import { binomial, generator, poisson } from '../../../src/domain/simulation';
import { geometric, logUniform } from '../../../src/domain/simulation/random';

const MANY = 20_000;
const moments = (draw: () => number) => {
  const values = Array.from({ length: MANY }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / MANY;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / MANY };
};

describe('a seeded generator', () => {
  it('draws the same numbers for the same seed and run', () => {
    const random = generator(777, 0);
    expect([random(), random(), random()]).toEqual([0.6391032600076869, 0.08199576626066118, 0.7511809641728178]);
  });

  it('draws others for another run or seed', () => {
    expect(new Set([generator(777, 0)(), generator(777, 1)(), generator(778, 0)()]).size).toBe(3);
  });

  it('spreads them evenly between 0 and 1', () => {
    const { mean, variance } = moments(generator(1, 0));
    expect(mean).toBeCloseTo(1 / 2, 1.7);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });
});

describe('counts drawn from it', () => {
  it('are the same on every machine', () => {
    const random = generator(777, 1);
    const drawn = [poisson(random, 3), poisson(random, 250), binomial(random, 250, 0.05), binomial(random, 20, 0.9)];
    expect([...drawn, geometric(random, 4)]).toEqual([1, 256, 10, 18, 1]);
  });

  it.each([0.3, 7, 29, 31, 250, 4_000])('have mean and variance %p where they are Poisson', (expected) => {
    const random = generator(2, 0);
    const { mean, variance } = moments(() => poisson(random, expected));
    expect(mean / expected).toBeCloseTo(1, 1);
    expect(variance / expected).toBeCloseTo(1, 1);
  });

  it.each([
    [1_000, 0.001],
    [250, 0.05],
    [40, 0.9],
  ])('have the moments of %p trials at %p where they are binomial', (n, p) => {
    const random = generator(3, 0);
    const { mean, variance } = moments(() => binomial(random, n, p));
    expect(mean / (n * p)).toBeCloseTo(1, 1);
    expect(variance / (n * p * (1 - p))).toBeCloseTo(1, 1);
  });

  it('are at least 1 where they are geometric, with the mean that was asked for', () => {
    const random = generator(4, 0);
    expect(moments(() => geometric(random, 4)).mean).toBeCloseTo(4, 0.8);
    expect(geometric(random, 1)).toBe(1);
  });

  it('lie between their bounds where their logarithm is even', () => {
    const random = generator(6, 0);
    const drawn = Array.from({ length: 1_000 }, () => logUniform(random, 0.01, 1));
    expect(drawn.filter((value) => value < 0.1).length / drawn.length).toBeCloseTo(0.5, 1);
    expect(Math.min(...drawn)).toBeGreaterThan(0.01);
    expect(Math.max(...drawn)).toBeLessThan(1);
  });

  it('are nothing where nothing can happen, and all where all must', () => {
    const random = generator(7, 0);
    expect([poisson(random, 0), binomial(random, 10, 0), binomial(random, 10, 1)]).toEqual([0, 0, 10]);
  });
});
