import { InMemoryTarget } from '../../../src/adapters';
import { withPrepareHook } from '../../../src/adapters/targets/prepare-hook';
import type { DeploymentTarget, EffectResult, Scripted } from '../../../src/ports';
import { isScripted } from '../../../src/ports';
import { EARLIER, prepare, shift, soon } from '../../contract/target-requests';

const started: EffectResult = { outcome: 'done', detail: 'the hook starts v41' };
const there: EffectResult = { outcome: 'alreadyInState', detail: 'v41 runs' };
const noCapacity: EffectResult = { outcome: 'refused', code: 'NO_CAPACITY', detail: 'nothing runs' };
const notFound: EffectResult = { outcome: 'refused', code: 'REVISION_UNKNOWN', detail: 'nothing says that it is v41' };
const paused: EffectResult = { outcome: 'refused', code: 'NOT_ALLOWED', detail: 'it is paused' };
const late: EffectResult = { outcome: 'conflict', code: 'LATE_EFFECT', detail: 'number 8 was there' };
const unheard: EffectResult = { outcome: 'unknown', detail: 'no answer' };

/** A target that answers so, the last answer again and again, and notes what it was asked. */
function answering(prepared: readonly EffectResult[], asked: string[], name: string): DeploymentTarget {
  return {
    capabilities: () => ({ granularity: 'percent', sticky: true, fenced: true }),
    check: () => Promise.resolve({ ok: true, detail: name }),
    observe: () => Promise.resolve({ target: name, revisions: [], at: 0 }),
    prepare: ({ fence }) => {
      const before = asked.filter((each) => each.startsWith(name)).length;
      asked.push(`${name} ${fence.number}`);
      return Promise.resolve(prepared[Math.min(before, prepared.length - 1)] ?? started);
    },
    shift: () => Promise.resolve({ outcome: 'done', detail: name }),
  };
}

describe('a target that cannot start what it is to serve, with a hook that can', () => {
  it.each([
    ['takes what the hook refuses for its answer', [paused], [noCapacity], paused, ['eu 7', 'hook 7']],
    ['has the hook asked though it finds nothing missing', [started], [there], started, ['eu 7', 'hook 7']],
    ['has nothing to do where the hook has nothing to do', [there], [there], there, ['eu 7', 'hook 7']],
    ['waits for what the hook has started', [started], [noCapacity], started, ['eu 7', 'hook 7', 'eu 7']],
    ['finds what the hook has started', [started], [notFound, there], there, ['eu 7', 'hook 7', 'eu 7']],
    ['still does not find what the hook was to start', [started], [notFound], notFound, ['eu 7', 'hook 7', 'eu 7']],
    ['refuses for its own reasons, and nothing is started', [started], [paused], paused, ['eu 7']],
    ['lets nothing be started for what comes late', [started], [late], late, ['eu 7']],
    ['lets nothing be started while it is not heard', [started], [unheard], unheard, ['eu 7']],
  ] as const)('%s', async (_title, ofHook, ofTarget, outcome, order) => {
    const asked: string[] = [];
    const hooked = withPrepareHook(answering(ofTarget, asked, 'eu'), answering(ofHook, asked, 'hook'));
    expect(await hooked.prepare(prepare({ number: 7 }), soon())).toEqual(outcome);
    expect(asked).toEqual(order);
  });

  it('starts nothing for an earlier rollback, though the hook knows of no numbers', async () => {
    const asked: string[] = [];
    const target = new InMemoryTarget({ name: 'eu', now: () => 0, revisions: { v42: 100, v41: 0 } });
    const hooked = withPrepareHook(target, answering([started], asked, 'hook'));
    expect((await hooked.prepare(prepare({ number: 5 }), soon())).outcome).toBe('done');
    for (const request of [prepare({ number: 4 }), prepare({ ...EARLIER, number: 9 })])
      expect(await hooked.prepare(request, soon())).toMatchObject({ outcome: 'conflict', code: 'LATE_EFFECT' });
    expect(asked).toEqual(['hook 5']);
  });

  it('tells no reading of before the hook was asked', async () => {
    const seen: EffectResult = { ...there, observed: { target: 'eu', revisions: [], at: 0 } };
    for (const ofHook of [started, seen]) {
      const hooked = withPrepareHook(answering([seen], [], 'eu'), answering([ofHook], [], 'hook'));
      expect(await hooked.prepare(prepare(), soon())).not.toHaveProperty('observed');
    }
  });

  it('is what it was in all else, and tells its steps by hand with what comes first', async () => {
    const target = answering([started], [], 'eu');
    const hook = answering([started], [], 'hook');
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
