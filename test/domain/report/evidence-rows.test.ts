import { renderStatusBlock } from '../../../src/domain/report/status-block';
import type { StatusView } from '../../../src/domain/rollback/status-view';
import { movingView, NOW } from './support/views';

/** Drawn between line ends, so that a golden text below begins at its own left edge. */
function drawn(view: StatusView, options: { width?: number } = {}): string {
  return renderStatusBlock(view, { now: NOW, ...options });
}

describe("the judge's evidence in the status block", () => {
  const evidence: StatusView['evidence'] = {
    phase: 2,
    running: true,
    meter: { proceed: 0.62, halt: 0.04 },
    ratioInterval: { low: 0.012, high: 0.31 },
    current: { requests: 23_600, bad: 1_204 },
    stable: { requests: 9_100, bad: 18 },
    guardrails: [
      {
        name: 'latency',
        kind: 'share',
        boundSeconds: 0.5,
        current: { requests: 23_600, bad: 480 },
        stable: { requests: 9_100, bad: 190 },
        standing: 'unproven',
      },
      { name: 'cpu', kind: 'level', current: 0.41, stable: 0.38, standing: 'unharmed' },
      {
        name: 'crashes',
        kind: 'events',
        current: { requests: 540, bad: 3 },
        stable: { requests: 60, bad: 0 },
        standing: 'no-sign',
      },
      { name: 'queue', kind: 'level', standing: 'unseen' },
    ],
    expected: { kind: 'at', at: NOW + 40_000 },
    at: NOW - 8_000,
  };

  it('is how far a bake has come, what the ratio may be, when to expect an answer, and every guardrail', () => {
    expect(drawn(movingView({ evidence }))).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WATCHING phase 2 of 4   critical alert "checkout 5xx > 10 %" since 02:51Z
     users on v41   55 %  eu 100 · us 10 · ap not in this rollback
     failing now    v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  last 60 s, 8 s old
     evidence       62 % of the way to going on, 4 % to stopping · v41 fails 0.012 to 0.31 times as often as v42 · verdict expected in about 40 s · 8 s old
     judged by      the symptom: v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)
                    latency (slower than 0.5 s): v42 2 % (480/23,600)  v41 2.1 % (190/9,100), not proven unharmed yet
                    cpu: v42 0.41  v41 0.38, proven unharmed
                    crashes: v42 20 (3)  v41 0 (0) an hour at full traffic, no sign of harm
                    queue: not seen in this phase
     last change    03:04:12Z us → 10 %, read back
     next           us 100 % by itself unless v41 gets worse
     you can        now · pause · abort        phased-rollback now prod/checkout"
    `);
  });

  it('fits a terminal', () => {
    const block = drawn(movingView({ evidence }), { width: 80 });
    expect(block).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WATCHING phase 2 of 4   critical alert
                    "checkout 5xx > 10 %" since 02:51Z
     users on v41   55 %  eu 100 · us 10 · ap not in this rollback
     failing now    v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  last 60 s, 8 s
                    old
     evidence       62 % of the way to going on, 4 % to stopping · v41 fails 0.012 to
                    0.31 times as often as v42 · verdict expected in about 40 s · 8 s
                    old
     judged by      the symptom: v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)
                    latency (slower than 0.5 s): v42 2 % (480/23,600)  v41 2.1 %
                    (190/9,100), not proven unharmed yet
                    cpu: v42 0.41  v41 0.38, proven unharmed
                    crashes: v42 20 (3)  v41 0 (0) an hour at full traffic, no sign
                    of harm
                    queue: not seen in this phase
     last change    03:04:12Z us → 10 %, read back
     next           us 100 % by itself unless v41 gets worse
     you can        now · pause · abort        phased-rollback now prod/checkout"
    `);
    for (const line of block.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('says that no verdict is expected, and nothing where there is no pace to go by', () => {
    const none = movingView({ evidence: { ...evidence, expected: { kind: 'not-before-longest-bake' } } });
    expect(drawn(none)).toContain('no verdict expected before the longest bake ends');
    expect(drawn(movingView({ evidence: { ...evidence, expected: undefined } }))).not.toContain('verdict expected');
  });

  it('of a phase that has ended is its verdict, not a way still to go', () => {
    const ended: StatusView['evidence'] = {
      ...evidence,
      phase: 1,
      running: false,
      verdict: { decision: 'halt', reason: 'NEW_PROBLEM' },
      guardrails: [{ name: 'cpu', kind: 'level', current: 0.41, stable: 0.9, standing: 'harmed' }],
      expected: undefined,
    };
    const block = drawn(movingView({ evidence: ended }));
    expect(block).toContain('phase 1 halt (NEW_PROBLEM) 03:05:52Z · v41 fails 0.012 to 0.31 times as often as v42');
    expect(block).toContain('cpu: v42 0.41  v41 0.9, harmed');
    expect(block).not.toMatch(/of the way|stood at/);
    const held: StatusView['evidence'] = { ...ended, verdict: { decision: 'hold', reason: 'LONGEST_BAKE' } };
    expect(drawn(movingView({ evidence: held }))).toContain('stood at 62 % of the way to going on, 4 % to stopping');
  });
});
