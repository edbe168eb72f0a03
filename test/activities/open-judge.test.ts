import { judge, observe } from '../../src/domain/judge';
import type { Sample } from '../../src/domain/judge/sample';
import type { BakeOrder } from '../../src/domain/rollback/move';
import type { TargetCapabilities } from '../../src/ports';
import { POLICY, START } from '../domain/rollback/support/fixtures';
import { openedJudge } from './support/opened-judge';

/** The split that is held against the counts where both targets can do that. */
async function splitWith(capabilities: Partial<TargetCapabilities>): Promise<object | undefined> {
  return (await openedJudge({ capabilities })).settings.split;
}

describe('the split that a judge holds against the counts', () => {
  it('is the weights of targets that split requests', async () => {
    expect(await splitWith({})).toEqual({ eu: 25, us: 50 });
  });

  it.each([
    ['keeps users where they are', { sticky: true }],
    ['is moved by the instance or the partition', { granularity: 'units' }],
    ['can only be moved as a whole', { granularity: 'all' }],
  ] as const)('says nothing of a target that %s', async (_what, capabilities) => {
    expect(await splitWith(capabilities)).toEqual({});
  });
});

describe('a look that renews a verdict while both revisions drown', () => {
  const targets = [{ target: 'eu', weight: 25 }];
  const renewal: Partial<BakeOrder> = { targets, purpose: 'renew', mode: 'no-harm' };
  const drowning = (look: number): Sample => {
    const at = START + look * 1_000;
    const of = (requests: number) => [{ series: 'one', requests, bad: 0.8 * requests, at, startedAt: START }];
    return { at, strata: [{ target: 'eu', stable: of(100 * look), current: of(300 * look) }] };
  };
  const said = async (order: Partial<BakeOrder>) => {
    const judgeOf = await openedJudge({
      order: { ...renewal, ...order },
      context: { policy: { ...POLICY, onCoupled: 'widen' } },
    });
    return judge([1, 2, 3].map(drowning).reduce(observe, judgeOf));
  };

  it('lets it go on to the half that it is widened to, and asks once that has been done', async () => {
    expect(await said({ widensTo: 'half' })).toMatchObject({ decision: 'proceed', reason: 'COUPLED' });
    expect(await said({ widened: true })).toMatchObject({ decision: 'hold', reason: 'COUPLED', escalate: true });
  });
});

describe('a phase of a target that stands behind another', () => {
  const targets = [
    { name: 'eu', labels: {}, adapter: { type: 'in-memory' } },
    { name: 'pods', labels: {}, adapter: { type: 'in-memory' }, behind: 'eu' },
  ];

  it.each([
    ['alone', ['pods']],
    ['beside it, and counts nothing twice', ['eu', 'pods']],
  ])('is judged by what is counted there, %s', async (_how, names) => {
    const order = { targets: names.map((target) => ({ target, weight: 100 })) };
    const { settings } = await openedJudge({ order, context: { policy: { ...POLICY, targets } } });
    expect(settings.weights).toEqual({ eu: 100 });
    expect(Object.keys(settings.split ?? {})).not.toContain('pods');
  });
});
