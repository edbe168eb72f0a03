import { LoadTally } from '../../../src/demo/fleet/load-tally';
import type { Answered } from '../../../src/demo/fleet/load-tally';

const answered = (change: Partial<Answered>): Answered => ({
  user: 'user-1',
  target: 'eu',
  revision: 'v42',
  outcome: 'ok',
  sentAt: 0,
  answeredAt: 1,
  ...change,
});

function movedBackAfter(...answers: Partial<Answered>[]): number {
  const tally = new LoadTally('v41');
  for (const answer of answers) tally.answer(answered(answer));
  return tally.stats().movedBack;
}

describe('LoadTally', () => {
  it('counts a user who was on the old revision and is later served by the new one', () => {
    expect(
      movedBackAfter({ revision: 'v41', sentAt: 0, answeredAt: 5 }, { revision: 'v42', sentAt: 6, answeredAt: 9 }),
    ).toBe(1);
  });

  it('does not take a slow answer from before the move for a way back', () => {
    expect(
      movedBackAfter({ revision: 'v41', sentAt: 2, answeredAt: 5 }, { revision: 'v42', sentAt: 1, answeredAt: 600 }),
    ).toBe(0);
  });

  it('does not take a request nobody answered for a way back', () => {
    expect(movedBackAfter({ revision: 'v41', answeredAt: 5 }, { revision: 'none', outcome: 'failed', sentAt: 6 })).toBe(
      0,
    );
  });

  it('keeps users apart', () => {
    expect(movedBackAfter({ revision: 'v41', answeredAt: 5 }, { user: 'user-2', sentAt: 6 })).toBe(0);
  });

  it('counts each way back once', () => {
    const back = { revision: 'v42', sentAt: 6, answeredAt: 7 };
    expect(movedBackAfter({ revision: 'v41', answeredAt: 5 }, back, { ...back, sentAt: 8 })).toBe(1);
  });

  it('counts users who were hurt once and empties the second it hands out', () => {
    const tally = new LoadTally('v41');
    tally.send();
    for (const outcome of ['failed', 'slow', 'ok'] as const) tally.answer(answered({ outcome }));
    expect(tally.stats()).toMatchObject({ sent: 1, ok: 1, failed: 1, slow: 1, usersHurt: 1 });
    expect(tally.takeSecond(1000)).toEqual({ at: 1000, targets: { eu: { v42: { ok: 1, failed: 1, slow: 1 } } } });
    expect(tally.takeSecond(2000)).toEqual({ at: 2000, targets: {} });
  });
});
