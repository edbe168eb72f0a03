import { judge, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings } from '../../../src/domain/judge';
import { settings, world } from './support';

const BUSY = { perInterval: 1_000, share: 0.25, intervals: 60 };

describe('both failing together', () => {
  const together = world({ ...BUSY, stableFails: 0.6, currentFails: 0.62 });

  it('is shown with what was before, and widens only where the policy says so and it was not widened yet', () => {
    const history = Array.from({ length: 12 }, () => ({ requests: 1_000, bad: 500 }));
    const say = (change: Partial<JudgeSettings>) => {
      const state = together.slice(0, 5).reduce(observe, openJudge(settings(change), history));
      return judge(state);
    };
    const before = 'before this phase v42 failed 6,000 of 12,000 (50 %), which decides nothing';
    expect(say({ onCoupled: 'ask' })).toMatchObject({ decision: 'hold', reason: 'COUPLED', escalate: true });
    expect(say({ onCoupled: 'widen' })).toMatchObject({ decision: 'proceed', reason: 'COUPLED' });
    expect(say({ onCoupled: 'ask' }).text).toContain(before);
    expect(say({ onCoupled: 'widen' }).text).toContain(before);
  });

  it.each([
    ['is a question where at half both fail alike, but clearly less than before', 600, 'hold', 'COUPLED'],
    ['is no excuse where nothing has eased at half', 120, 'halt', 'NOT_HELPING'],
  ] as const)('%s', (_name, badBefore, decision, reason) => {
    const alike = world({ ...BUSY, share: 0.5, stableFails: 0.1, currentFails: 0.1 });
    const history = Array.from({ length: 12 }, () => ({ requests: 1_000, bad: badBefore }));
    let state = openJudge(settings({ widened: true, weights: { eu: 50 } }), history);
    for (const sample of alike.slice(0, 8)) state = observe(state, sample);
    expect(judge(state)).toMatchObject({ decision, reason });
  });

  it('goes on to half in so many words', () => {
    const state = together.slice(0, 5).reduce(observe, openJudge(settings({ onCoupled: 'half' })));
    expect(judge(state)).toMatchObject({ decision: 'proceed', reason: 'COUPLED' });
    expect(judge(state).text).toContain('goes on to exactly half, once, as the policy says, unproven');
  });

  it('is labelled on the widened phase, whose verdict is by its own counts', () => {
    const cured = world({ ...BUSY, share: 0.5, stableFails: 0.001, currentFails: 0.05 });
    const history = Array.from({ length: 12 }, () => ({ requests: 1_000, bad: 600 }));
    let state = openJudge(settings({ widened: true, weights: { eu: 50 } }), history);
    for (const sample of cured.slice(0, 5)) state = observe(state, sample);
    expect(judge(state)).toMatchObject({
      reason: 'HELPING',
      text: expect.stringContaining(
        'widened because both failed together; before this phase v42 failed 7,200 of 12,000',
      ),
    });
  });
});
