import { renderSnapshot, whyUnanswered } from '../../../src/domain/report';
import type { SeenStatus } from '../../../src/domain/report';
import { movingView, NOW } from './support/views';

const VIEW = movingView();
const REF = { environment: 'prod', service: 'checkout', number: 7 };
const engine = (seen: Parameters<typeof renderSnapshot>[0]): readonly string[] => {
  const lines = renderSnapshot(seen, { now: NOW }).split('\n');
  const at = lines.findIndex((line) => line.startsWith('engine'));
  return at < 0 ? [] : lines.slice(at, at + 2).filter((line) => /^(engine| )/.test(line));
};

describe('a rollback whose engine is ill', () => {
  it('says that a step waits for a worker, since when, and what to do', () => {
    const waiting = { step: 'bake', since: NOW - 12_000 };
    const row = (workerAlive: boolean) => engine({ kind: 'live', view: VIEW, waiting: { ...waiting, workerAlive } })[0];
    expect(row(true)).toMatch(
      /waiting for a worker: bake lies there for 12 s; every worker is full; run more of them$/,
    );
    expect(row(false)).toMatch(/no worker is alive; start one$/);
  });

  it('says nothing of the engine while it is well', () => {
    expect(engine({ kind: 'live', view: VIEW })).toEqual([]);
  });

  it.each<SeenStatus>([
    { kind: 'live', view: VIEW },
    { kind: 'described', described: { ...REF, condition: 'silent', weights: 'eu 50' } },
  ])('shows what was last known while Temporal is away: $kind', (seen) => {
    const rows = engine({ kind: 'lastKnown', seen, seenAt: NOW - 40_000, because: 'connection refused' });
    expect(rows).toEqual([
      expect.stringMatching(/^engine +Temporal does not answer: connection refused$/),
      expect.stringMatching(/^ +this is what was last known, 40 s old; nothing is lost: it goes on when Temporal is/),
    ]);
  });

  it('says why a word was not seen yet', () => {
    expect(whyUnanswered({ condition: 'stuck', detail: 'failed 4 times: x' })).toBe(
      'it is stuck; it is read when that is mended (failed 4 times: x)',
    );
    expect(whyUnanswered({ condition: 'noWorker' })).toBe('no worker is alive; it is read when one runs');
  });
});
