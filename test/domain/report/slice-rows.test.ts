import { renderStatusBlock } from '../../../src/domain/report/status-block';
import { movingView, NOW } from './support/views';

describe('the status block of a rollback whose failures were split', () => {
  it('says where the failures are, and which smaller extent would do while nothing has moved', () => {
    const counts = (bad: number) => ({ current: { requests: 1_000, bad }, stable: { requests: 0, bad: 0 } });
    const view = movingView({
      splits: [
        {
          kind: 'split',
          label: 'region',
          of: 'failures',
          finding: 'worse',
          values: 2,
          compared: 2,
          slices: [
            { value: 'eu', ...counts(40), standing: 'worse' },
            { value: 'us', ...counts(1), standing: 'better', keepsObjective: true },
          ],
          all: { requests: 2_000, bad: 41 },
          windowMs: 300_000,
        },
        { kind: 'unsplit', label: 'route', because: 'no answer\nin time' },
      ],
      narrower: {
        select: { region: 'eu west' },
        leaves: ['us'],
        because: 'us (0.10 % of 1,000 requests) keeps the objective',
      },
    });
    expect(renderStatusBlock(view, { now: NOW }).split('\n').slice(3, 7)).toEqual([
      'where          98 % of the failures are in region eu (4.0 % of 1,000 requests) against 0.10 % of 1,000 requests elsewhere, counted over 5 min',
      '               could not be split by route: no answer in time',
      'less would do  region=eu west without us: us (0.10 % of 1,000 requests) keeps the objective',
      "                   phased-rollback replan prod/checkout/7 --select 'region=eu west'",
    ]);
  });
});
