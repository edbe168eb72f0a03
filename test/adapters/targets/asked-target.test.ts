import { createAskedTarget } from '../../../src/adapters/targets/asked-target';
import type { TargetCapabilities } from '../../../src/ports';

const REVISIONS = [{ revision: 'v41', weight: 100, readyCapacity: 100, readyInstances: 3 }];

/** A target that says that of what it serves. */
function saying(observed: object, granularity: TargetCapabilities['granularity'] = 'percent') {
  return createAskedTarget({
    name: 'eu',
    capabilities: { granularity, sticky: true, fenced: true },
    carry: async () => ({ kind: 'done', status: 'done', observed: { revisions: REVISIONS, ...observed } }),
    now: () => 7,
    byHand: { needs: [], define: (name) => [`${name}() { :; }`] },
  });
}

const soon = (): AbortSignal => AbortSignal.timeout(1_000);

describe('a target that is asked by documents', () => {
  it.each([
    ['percent', { total: 8, name: 'pods' }, undefined],
    ['units', { total: 8, name: 'po\nds' }, { total: 8, name: 'po ds' }],
    ['units', undefined, undefined],
    ['all', { total: 8, name: 'pods' }, { total: 1, name: 'release' }],
    ['all', undefined, { total: 1, name: 'release' }],
  ] as const)('that goes by %s and tells of %j is made of %j', async (granularity, units, made) => {
    expect((await saying({ units }, granularity).observe(soon())).units).toEqual(made);
  });

  it.each([
    [{ uneven: true }, true],
    [{ uneven: false }, undefined],
    [{}, undefined],
  ])('that says %j is between two shares: %s', async (said, uneven) => {
    expect((await saying(said).observe(soon())).uneven).toBe(uneven);
  });

  it.each([
    ['percent', [0, 25, 100]],
    ['all', [0, 100]],
  ] as const)('that goes by %s tells commands for %j', async (granularity, shares) => {
    const question = { revision: { from: 'v42', to: 'v41' }, weights: [0, 25, 100] };
    const { steps } = await saying({}, granularity).script(question, soon());
    expect(steps.map(({ weight }) => weight)).toEqual(shares);
  });
});
