import { judge, observe, openJudge, standing } from '../../../src/domain/judge';
import type { JudgeState } from '../../../src/domain/judge';
import { openState } from '../../../src/domain/rollback';
import type { Move, RunState } from '../../../src/domain/rollback';
import { evidenceView } from '../../../src/domain/rollback/evidence-view';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import { settings, world } from '../judge/support';
import { plan, POLICY, request, START, verdict } from './support/fixtures';

const WATCHING: Move = {
  kind: 'bake',
  order: { phase: 0, purpose: 'verdict', targets: [], mode: 'compare', patience: 1, trafficSeen: true, served: {} },
  prepareNext: [],
};
const READING: Move = { kind: 'census', targets: [], because: 'final' };

/** Help in a few more minutes at this pace, with half an hour to wait for it. */
function judged(longestBakeMs = 1_800_000): JudgeState {
  const samples = world({ perInterval: 20, share: 0.5, stableFails: 0.001, currentFails: 0.1, intervals: 6 });
  const guardrails = [{ name: 'latency' }];
  return samples.reduce(observe, openJudge(settings({ longestBakeMs, guardrails })));
}

function run(change: Partial<RunState>): RunState {
  return { ...openState(request(), START, CURRENT_RULES), plan: plan(), policy: POLICY, ...change };
}

describe('the evidence shown beside a run', () => {
  it('is nothing before there is any', () => {
    expect(evidenceView(run({}), WATCHING)).toBeUndefined();
  });

  it('is how far the bake had come, with what the ratio may be and when a verdict is expected', () => {
    const state = judged();
    const { meter, etaMs } = judge(state);
    const view = evidenceView(run({ judge: state, judgePhase: 0, standing: standing(state) }), WATCHING);
    expect(etaMs).toBeGreaterThan(0);
    expect(view).toMatchObject({
      phase: 1,
      running: true,
      meter,
      ratioInterval: { low: 0 },
      expected: { kind: 'at', at: state.lastAt + (etaMs ?? 0) },
      guardrails: [{ name: 'latency', standing: 'unseen' }],
      at: state.lastAt,
    });
    expect(view).not.toHaveProperty('verdict');
  });

  it('says that no verdict is expected where the pace takes longer than the longest bake', () => {
    const state = judged(61_000);
    const view = evidenceView(run({ judge: state, judgePhase: 0, standing: standing(state) }), WATCHING);
    expect(view?.expected).toEqual({ kind: 'not-before-longest-bake' });
  });

  it('of a bake that was stopped in the middle is no running one, and nothing is expected of it', () => {
    const view = evidenceView(run({ judge: judged(), judgePhase: 0, standing: standing(judged()) }), READING);
    expect(view).toMatchObject({ phase: 1, running: false });
    expect(view).not.toHaveProperty('expected');
    expect(view).not.toHaveProperty('verdict');
  });

  it('is the newest verdict once there is one, and while the next phase has seen nothing', () => {
    const given = { ...verdict('proceed', 'HELPING'), meter: { proceed: 1, halt: 0 } };
    const journal = [{ at: START, kind: 'verdict', text: 'it helps', phase: 0, verdict: given, times: 1 } as const];
    const phases = [{ prepared: true, applied: [], passedBy: 'verdict', verdict: given } as const];
    expect(evidenceView(run({ journal, phases }), WATCHING)).toEqual({
      phase: 1,
      running: false,
      verdict: { decision: 'proceed', reason: 'HELPING' },
      meter: { proceed: 1, halt: 0 },
      current: given.current,
      stable: given.stable,
      guardrails: [],
      at: START,
    });
  });

  it('is not what the watch between phases has seen, which asks for harm alone', () => {
    expect(
      evidenceView(run({ judge: judged(), judgePhase: -1, standing: standing(judged()) }), READING),
    ).toBeUndefined();
  });

  it('keeps no running meter after the end', () => {
    const end = { kind: 'aborted', reason: 'ABORTED', text: 'as it stands' } as const;
    expect(
      evidenceView(run({ judge: judged(), judgePhase: 0, standing: standing(judged()), end }), WATCHING)?.running,
    ).toBe(false);
  });
});
