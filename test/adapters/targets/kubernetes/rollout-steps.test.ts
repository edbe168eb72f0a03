import { rolloutSchema } from '../../../../src/adapters/targets/kubernetes/rollout-objects';
import { isUnheard, openIn, shareOf } from '../../../../src/adapters/targets/kubernetes/rollout-state';
import type { Rolled, RolloutState } from '../../../../src/adapters/targets/kubernetes/rollout-state';
import { missingFor, nextFor, wayBack, wishFor } from '../../../../src/adapters/targets/kubernetes/rollout-steps';

const PAIR = { from: 'new', to: 'old' };

function set(revision: string, hash: string, available = 0): Rolled {
  return { name: `shop-${hash}`, hash, revision, replicas: available, available, number: 1 };
}

/** A Rollout of two pods that its controller has seen. */
function state(status: object, sets: readonly Rolled[], marks: object = {}): RolloutState {
  const annotations = { 'phased-rollback/shift': JSON.stringify({ epoch: 1, number: 3, wish: '', ...marks }) };
  const rollout = rolloutSchema.parse({
    metadata: { name: 'shop', uid: 'u', resourceVersion: '1', generation: 4, annotations },
    spec: { replicas: 2, strategy: { canary: {} } },
    status: { observedGeneration: '4', ...status },
  });
  return { rollout, sets };
}

describe('the steps of a Rollout', () => {
  const under = wishFor(PAIR, 50, { before: [50, 50], step: 3 });
  const mark = { generation: 4, before: [50, 50], step: 3 };

  it('has no share but all, and what there was before', () => {
    expect(wishFor(PAIR, 25, { before: [50, 50] })).toBeUndefined();
    expect(wishFor(PAIR, 100, { before: [100, 0], step: 1 })).toEqual(wayBack(PAIR));
    expect(under).toMatchObject({ hash: 'new', under: { step: 3, share: 50 } });
  });

  it('takes an abort back only once its controller has taken it up, which makes it forget the step', () => {
    const at = { stableRS: 'old', currentPodHash: 'new', abort: true, currentStepIndex: 3 };
    const told = state(at, [set('v41', 'old', 2), set('v42', 'new')], mark);
    expect(nextFor(told, under!)).toEqual({ kind: 'nothing' });
    expect(missingFor(told, under!)).toBe('its controller has not taken up the abort yet');
    const taken = { ...at, currentStepIndex: 0, abortedAt: '2026-11-29T00:00:00Z' };
    expect(nextFor(state(taken, told.sets, mark), under!)).toEqual({
      kind: 'status',
      operations: [
        { op: 'add', path: '/status/abort', value: false },
        { op: 'add', path: '/status/currentStepIndex', value: 3 },
      ],
    });
  });

  it('is on its way, and not there, until the suspect serves again what it served before', () => {
    const at = { stableRS: 'old', currentPodHash: 'new', currentStepIndex: 3 };
    const coming = state(at, [set('v41', 'old', 2), set('v42', 'new', 1)], mark);
    expect(openIn(coming)).toContain('66.7 % are still to become 50 %');
    expect(missingFor(coming, under!)).toBe(openIn(coming));
    const there = state(at, [set('v41', 'old', 1), set('v42', 'new', 1)], mark);
    expect(openIn(there)).toBeUndefined();
    expect(missingFor(there, under!)).toBeUndefined();
  });

  it('is what an effect left there, however many pods somebody wants of it, until something else is rolled out', () => {
    const at = { stableRS: 'old', currentPodHash: 'new', currentStepIndex: 3 };
    const left = { ...mark, generation: 3, hash: 'new' };
    const sized = state(at, [set('v41', 'old', 2), set('v42', 'new', 1)], left);
    expect(openIn(sized)).toContain('66.7 % are still to become 50 %');
    expect(nextFor(sized, under!)).toEqual({ kind: 'nothing' });
    const rolled = state({ ...at, currentPodHash: 'third' }, sized.sets, left);
    expect(openIn(rolled)).toBeUndefined();
    expect(nextFor(rolled, under!)).toEqual({ kind: 'third' });
  });

  it('is not aborted where that would lead to a third revision, and is promoted once the template is back', () => {
    const sets = [set('v40', 'oldest', 0), set('v41', 'old'), set('v42', 'new', 2)];
    expect(nextFor(state({ stableRS: 'oldest', currentPodHash: 'new' }, sets), wayBack(PAIR)).kind).toBe('template');
    expect(nextFor(state({ stableRS: 'oldest', currentPodHash: 'other' }, sets), wayBack(PAIR)).kind).toBe('third');
    expect(nextFor(state({ stableRS: 'new', currentPodHash: 'old' }, sets), wayBack(PAIR))).toEqual({
      kind: 'status',
      operations: [{ op: 'add', path: '/status/promoteFull', value: true }],
    });
  });

  it('knows what its controller was told and has given no sign of', () => {
    const at = { stableRS: 'old', currentPodHash: 'new' };
    const told = (status: object) => isUnheard(state({ ...at, ...status }, []));
    expect([told({}), told({ abort: true, abortedAt: '2026-11-29T00:00:00Z' })]).toEqual([false, false]);
    const unheard = [
      { abort: true },
      { abortedAt: '2026-11-29T00:00:00Z' },
      { promoteFull: true },
      { observedGeneration: '3' },
    ];
    expect(unheard.map(told)).toEqual([true, true, true, true]);
  });

  it('reads weights as parts of what they add up to, experiments among them', () => {
    const weights = {
      canary: { weight: 200, podTemplateHash: 'new' },
      stable: { weight: 700, podTemplateHash: 'old' },
      additional: [{ weight: 100, podTemplateHash: 'tried' }],
    };
    const routed = state({ stableRS: 'old', currentPodHash: 'new', canary: { weights } }, [
      set('v41', 'old', 2),
      set('v42', 'new', 2),
    ]);
    expect([shareOf(routed, 'v41'), shareOf(routed, 'v42')]).toEqual([70, 20]);
  });
});
