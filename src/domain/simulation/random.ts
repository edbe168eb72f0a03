/** The next number between 0 and 1, both excluded. What is drawn from it is the same on every machine. */
export type Random = () => number;

const GOLDEN = 0x85ebca6b;
const WARM_UP = 12;
const PRODUCTS_BELOW = 30;
const HALF_LN_TWO_PI = 0.9189385332046727;

/** A generator for this run of this seed, independent of other runs: sfc32, its four words drawn by splitmix32. */
export function generator(seed: number, run: number): Random {
  const word = splitMix(seed ^ Math.imul(run + 1, GOLDEN));
  let [a, b, c, d] = [word(), word(), word(), word()];
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return ((t >>> 0) + 0.5) / 2 ** 32;
  };
  for (let dropped = 0; dropped < WARM_UP; dropped += 1) next();
  return next;
}

function splitMix(seed: number): () => number {
  let mixed = seed >>> 0;
  return () => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let t = mixed ^ (mixed >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
}

/** A number whose logarithm is spread evenly between those of the two bounds, both above 0. */
export function logUniform(random: Random, low: number, high: number): number {
  return Math.exp(Math.log(low) + random() * (Math.log(high) - Math.log(low)));
}

/** A Poisson count with this mean: products of uniforms below 30, transformed rejection (Hörmann 1993, PTRS) above. */
export function poisson(random: Random, mean: number): number {
  if (mean <= 0) return 0;
  return mean < PRODUCTS_BELOW ? byProducts(random, mean) : byRejection(random, mean);
}

function byProducts(random: Random, mean: number): number {
  const least = Math.exp(-mean);
  let product = random();
  let count = 0;
  while (product > least) {
    product *= random();
    count += 1;
  }
  return count;
}

function byRejection(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const quick = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= quick) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const left = Math.log(v) + Math.log(inverse) - Math.log(a / (us * us) + b);
    if (left <= -mean + k * Math.log(mean) - logFactorial(k)) return k;
  }
}

/** ln k!, by Stirling's series above 9. */
function logFactorial(k: number): number {
  if (k >= 10) return (k + 0.5) * Math.log(k) - k + HALF_LN_TWO_PI + 1 / (12 * k) - 1 / (360 * k ** 3);
  let small = 1;
  for (let factor = 2; factor <= k; factor += 1) small *= factor;
  return Math.log(small);
}

/** How many of `n` happen, each with probability `p`: by the gaps between them. */
export function binomial(random: Random, n: number, p: number): number {
  if (p <= 0 || n <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  const scale = Math.log1p(-p);
  const gap = (): number => Math.floor(Math.log(random()) / scale);
  let count = 0;
  for (let at = gap(); at < n; at += 1 + gap()) count += 1;
  return count;
}

/** A geometric count of at least 1 with this mean. */
export function geometric(random: Random, mean: number): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log(random()) / Math.log1p(-1 / mean));
}
