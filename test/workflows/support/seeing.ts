import type { Product, Stanza } from './product';

/** Whoever releases puts that revision there and gives it the traffic. */
type Release = (revision: string) => Promise<void>;

/**
 * A service serves v42 and is looked at; then v43 is released. Expects that both are in its memory as releases seen, the
 * new one from after it was released on, and that what served before it ended with it. Gives back what people are shown,
 * newest first.
 */
export async function releasesSeen(
  product: Product,
  service: string,
  target: Stanza,
  release: Release,
): Promise<readonly string[]> {
  await product.serve(service, target);
  const first = await product.untilState(service, 'v42 is seen', ({ releases }) => releases.length > 0);
  expect(first.releases).toEqual([{ revision: 'v42', from: expect.any(Number), source: 'seen' }]);
  const before = Date.now();
  await release('v43');
  const { releases } = await product.untilState(service, 'v43 is seen', (state) =>
    state.releases.some(({ revision }) => revision === 'v43'),
  );
  const seen = releases.at(-1);
  expect(seen).toEqual({ revision: 'v43', from: expect.any(Number), source: 'seen' });
  expect(seen?.from).toBeGreaterThanOrEqual(before);
  expect(releases).toEqual([{ revision: 'v42', from: expect.any(Number), to: seen?.from, source: 'seen' }, seen]);
  const shown = await product.view(service);
  return shown.releases.map(({ revision, source }) => `${revision} ${source}`);
}
