import { withPrepareHook } from '../../../src/adapters/targets/prepare-hook';
import type { DeploymentTarget, EffectResult, Scripted } from '../../../src/ports';
import { isScripted } from '../../../src/ports';
import { prepare, shift, soon } from '../../contract/target-requests';

const started: EffectResult = { outcome: 'done', detail: 'the hook starts v41' };
const noCapacity: EffectResult = { outcome: 'refused', code: 'NO_CAPACITY', detail: 'nothing runs' };
const paused: EffectResult = { outcome: 'refused', code: 'NOT_ALLOWED', detail: 'it is paused' };

/** A target that answers so, and notes what it was asked. */
function answering(prepared: EffectResult, asked: string[], name: string): DeploymentTarget {
  return {
    capabilities: () => ({ granularity: 'percent', sticky: true, fenced: true }),
    check: () => Promise.resolve({ ok: true, detail: name }),
    observe: () => Promise.resolve({ target: name, revisions: [], at: 0 }),
    prepare: ({ fence }) => {
      asked.push(`${name} ${fence.number}`);
      return Promise.resolve(prepared);
    },
    shift: () => Promise.resolve({ outcome: 'done', detail: name }),
  };
}

describe('a target that cannot start what it is to serve, with a hook that can', () => {
  it.each([
    ['takes what the hook refuses for its answer, and is not asked itself', paused, started, paused, ['hook 7']],
    [
      'is asked after the hook',
      started,
      { outcome: 'alreadyInState' },
      { outcome: 'alreadyInState' },
      ['hook 7', 'eu 7'],
    ],
    ['waits for what the hook has started', started, noCapacity, started, ['hook 7', 'eu 7']],
    ['refuses for its own reasons still', started, paused, paused, ['hook 7', 'eu 7']],
  ] as const)('%s', async (_title, ofHook, ofTarget, outcome, order) => {
    const asked: string[] = [];
    const hooked = withPrepareHook(answering(ofTarget, asked, 'eu'), answering(ofHook, asked, 'hook'));
    expect(await hooked.prepare(prepare({ number: 7 }), soon())).toEqual(outcome);
    expect(asked).toEqual(order);
  });

  it('is what it was in all else, and tells its steps by hand with what comes first', async () => {
    const target = answering(started, [], 'eu');
    const hook = answering(started, [], 'hook');
    const plain = withPrepareHook(target, hook);
    expect(await plain.shift(shift({ number: 8 }), soon())).toEqual({ outcome: 'done', detail: 'eu' });
    expect(await plain.observe(soon())).toMatchObject({ target: 'eu' });
    expect(await plain.check({ from: 'v42', to: 'v41' }, soon())).toEqual({ ok: true, detail: 'eu' });
    expect(plain.capabilities()).toEqual(target.capabilities());
    expect(isScripted(plain)).toBe(false);
    const told: DeploymentTarget & Scripted = {
      ...target,
      script: () => Promise.resolve({ needs: [], begin: ['set -x'], steps: [], show: [] }),
    };
    const scripted = withPrepareHook(told, hook);
    if (!isScripted(scripted)) throw new Error('it has lost its script');
    const { begin } = await scripted.script({ revision: { from: 'v42', to: 'v41' }, weights: [] }, soon());
    expect(begin).toEqual([expect.stringContaining('starts v41'), 'set -x']);
  });
});
