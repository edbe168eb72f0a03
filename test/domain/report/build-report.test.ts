import { buildReport } from '../../../src/domain/report';
import { exposureLines } from '../../../src/domain/report/tables';
import { endOf } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { presentWait } from '../../../src/domain/rollback/waits';
import { request, START } from '../rollback/support/fixtures';
import type { People } from './support/life';
import { lifeOf, patientApprover } from './support/life';

const WRITTEN = START + 3_600_000;

function reportOf(state: RunState) {
  return buildReport(state, state.end ?? endOf(state), WRITTEN);
}

describe('the report of a rollback that succeeded', () => {
  const model = reportOf(lifeOf(request('ask'), patientApprover));

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(model))).toEqual(JSON.parse(JSON.stringify(model, undefined, 2)));
    expect(model).toMatchObject({
      schema: 'phased-rollback/report/v1',
      id: 'rollback/prod/checkout/1',
      writtenAt: WRITTEN,
    });
  });

  it('says how it ended and does not name a place that is not known yet', () => {
    expect(model.end.kind).toBe('succeeded');
    expect(model.status.end?.kind).toBe('succeeded');
    expect(model.status.reportLocation).toBeUndefined();
  });

  it('tells of every phase why it was there and what let the next one begin', () => {
    expect(model.plan?.phases.map((phase) => [phase.number, phase.because, phase.passedBy, phase.verdict])).toEqual([
      [1, 'a test says so', 'verdict', 'HELPING'],
      [2, 'a test says so', 'verdict', 'HELPING'],
      [3, 'a test says so', 'verdict', 'HELPING'],
      [4, 'a test says so', 'verdict', 'HELPING'],
    ]);
  });

  it('has every verdict with its counts', () => {
    expect(model.verdicts).toHaveLength(4);
    for (const verdict of model.verdicts) {
      expect(verdict).toMatchObject({
        decision: 'proceed',
        current: { requests: 100, bad: 8 },
        stable: { requests: 40, bad: 0 },
      });
    }
  });

  it('knows who decided and how long that was waited for', () => {
    expect(model.decisions).toEqual([
      expect.objectContaining({
        by: 'ada',
        text: 'approved by ada',
        refused: false,
        waitedMs: expect.any(Number) as number,
      }),
    ]);
    expect(model.waits).toEqual([expect.objectContaining({ for: 'approval', endedBy: 'ada' })]);
    const [wait] = model.waits;
    expect(wait!.to - wait!.from).toBe(model.decisions[0]!.waitedMs);
    expect(wait!.to - wait!.from).toBeGreaterThanOrEqual(60_000);
  });

  it('draws the share of every target from nothing to all, never backwards', () => {
    expect(model.shares[0]?.weights).toEqual({ eu: 0, us: 0 });
    expect(model.shares.at(-1)?.weights).toEqual({ eu: 100, us: 100 });
    for (const [index, point] of model.shares.entries()) {
      const earlier = model.shares[index - 1] ?? point;
      expect(point.at).toBeGreaterThanOrEqual(earlier.at);
      for (const target of ['eu', 'us'])
        expect(point.weights[target]).toBeGreaterThanOrEqual(earlier.weights[target] ?? 0);
    }
  });

  it('applies the ratio of the suspect to all requests since the first shift, and says so', () => {
    const { exposure } = model;
    // Each look of the world has 50 requests per revision; 4 of the suspect's are bad.
    expect(exposure?.badWithout).toBe(Math.round((4 / 50) * exposure!.requests));
    expect(exposure?.badWithout).toBe(exposure!.bad * 2);
    expect(exposure?.how).toMatch(/^an estimate: the suspect failed [\d,]+ of [\d,]+ requests after the first shift/);
    expect(exposure?.badBefore).toBeGreaterThan(0);
    expect(exposure?.exposed).toBe(exposure!.requests / 2);
    expect(exposureLines(model)[1]).toMatch(/^The suspect served [\d,]+ of those requests, which were exposed to it$/);
  });

  it('finds what to learn from', () => {
    const kinds = model.findings.map((finding) => finding.kind);
    expect(kinds).toEqual(['time-to-first-move', 'time-to-relief', 'longest-wait', 'keep-warm']);
    expect(model.findings[2]?.text).toMatch(/^Longest wait: .* for an approval, ended by ada/);
  });
});

describe('the report of other ends', () => {
  it('of an abort before anything moved has no exposure and says that nothing was moved', () => {
    const model = reportOf(
      lifeOf(request('ask'), (state) => (state.plan ? { kind: 'abort', by: 'ada', reason: 'a drill' } : undefined)),
    );
    expect(model.end.kind).toBe('aborted');
    expect(model.exposure).toBeUndefined();
    expect(model.findings).toContainEqual({ kind: 'time-to-first-move', text: 'No traffic was moved' });
  });

  it('of "now" names the phases that nobody judged', () => {
    const hurried: People = (state) =>
      state.phases[0]?.appliedAt !== undefined && state.course === 'forward'
        ? { kind: 'now', by: 'ada', reason: 'enough seen' }
        : patientApprover(state);
    const model = reportOf(lifeOf(request('ask'), hurried));
    expect(model.end.kind).toBe('succeeded');
    const unproven = model.findings.filter((finding) => finding.kind === 'unproven-phase');
    expect(unproven).toHaveLength(1);
    expect(unproven[0]?.text).toContain('without gates and verdicts: eu 25 %, eu 100 %, us 50 %, us 100 %');
  });

  it('of a pause counts the pause as a wait for a person', () => {
    const pausing: People = (state) => {
      if (state.paused) return state.now - state.paused.at > 30_000 ? { kind: 'resume', by: 'bob' } : undefined;
      const mayPause = state.phases[0]?.passedBy !== undefined && !state.journal.some((entry) => entry.by === 'bob');
      return mayPause ? { kind: 'pause', by: 'bob', reason: 'let me look' } : patientApprover(state);
    };
    const model = reportOf(lifeOf(request('ask'), pausing));
    expect(model.waits).toContainEqual(
      expect.objectContaining({ for: 'person', because: 'Paused by bob: let me look', endedBy: 'bob' }),
    );
    expect(model.decisions.map((decision) => decision.by)).toEqual(['ada', 'bob', 'bob']);
  });

  it('keeps a refused word, which ends no wait', () => {
    const tooEarly: People = (state) => {
      const wait = presentWait(state);
      if (wait && !state.journal.some((entry) => entry.by === 'eve'))
        return { kind: 'approve', by: 'eve', waitId: 'w99' };
      return patientApprover(state);
    };
    const model = reportOf(lifeOf(request('ask'), tooEarly));
    expect(model.decisions.map(({ by, refused }) => [by, refused])).toEqual([
      ['eve', true],
      ['ada', false],
    ]);
    expect(model.waits).toEqual([expect.objectContaining({ endedBy: 'ada' })]);
  });

  it('names targets that were outside the plan from the start', () => {
    const state = lifeOf(request('ask'), patientApprover);
    const plan = { ...state.plan!, outside: [{ target: 'ap', because: 'another region' }] };
    expect(reportOf({ ...state, plan }).findings).toContainEqual({
      kind: 'not-included',
      text: 'Not included: ap (another region)',
    });
  });

  it('says that the old revision was not kept ready, and which checks were overridden', () => {
    const state = lifeOf(request('ask'), patientApprover);
    const checks = [
      {
        check: 'ready capacity',
        status: 'warn',
        target: 'eu',
        evidence: 'v41 is ready for 0 % of the traffic',
        overridable: true,
      },
      { check: 'schema', status: 'block', evidence: 'too new', overridable: true },
    ] as const;
    const kinds = reportOf({ ...state, checks, overridden: ['schema'] }).findings.map((finding) => finding.text);
    expect(kinds).toContain('The old revision was not kept ready on eu: v41 is ready for 0 % of the traffic');
    expect(kinds).toContain('Checks were overridden: schema');
  });

  it('counts no wait where nothing was waited for', () => {
    expect(reportOf(lifeOf(request('auto'), () => undefined)).waits).toEqual([]);
  });
});
