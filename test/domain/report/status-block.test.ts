import { renderStatusBlock } from '../../../src/domain/report/status-block';
import type { StatusView } from '../../../src/domain/rollback/status-view';
import type { WaitOption } from '../../../src/domain/rollback/wait';
import { movingView, NOW, waitingView } from './support/views';

function option(command: WaitOption['command'], consequence: string, recommended = false): WaitOption {
  const needs = command === 'approve' || command === 'unwind' ? 'approver' : 'operator';
  return { command, consequence, needs, recommended };
}

const APPROVE = option('approve', 'goes on, and says that it was not proven');
const RETRY = option('retry', 'tries again');
const ABORT = option('abort', 'ends where it stands, moves nothing');
const UNWIND = option('unwind', 'puts what was moved back onto the suspect');

/** Drawn between line ends, so that a golden text below begins at its own left edge. */
function drawn(view: StatusView, options: { ageMs?: number; width?: number; command?: string } = {}): string {
  return renderStatusBlock(view, { now: NOW, ...options });
}

describe('the status block of a rollback that moves', () => {
  it('says who is served by what, who fails, what comes next and what people can do', () => {
    expect(drawn(movingView())).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WATCHING phase 2 of 4   critical alert "checkout 5xx > 10 %" since 02:51Z
     users on v41   55 %  eu 100 · us 10 · ap not in this rollback
     failing now    v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  last 60 s, 8 s old
     last change    03:04:12Z us → 10 %, read back
     next           us 100 % by itself unless v41 gets worse
     you can        now · pause · abort        phased-rollback now prod/checkout"
    `);
  });

  it('says when the next phase and full relief are expected', () => {
    const expected = { nextAt: NOW + 60_000, reliefAt: NOW + 300_000 };
    expect(drawn(movingView({ expected }))).toContain(
      'next           ~03:07Z us 100 % by itself unless v41 gets worse · full relief ~03:11Z',
    );
  });

  it('breaks at the width of the terminal at the end of a word', () => {
    expect(drawn(movingView(), { width: 80 })).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WATCHING phase 2 of 4   critical alert
                    "checkout 5xx > 10 %" since 02:51Z
     users on v41   55 %  eu 100 · us 10 · ap not in this rollback
     failing now    v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  last 60 s, 8 s
                    old
     last change    03:04:12Z us → 10 %, read back
     next           us 100 % by itself unless v41 gets worse
     you can        now · pause · abort        phased-rollback now prod/checkout"
    `);
  });

  it('is honest before anything is known', () => {
    const view = movingView({
      fromRevision: undefined,
      toRevision: undefined,
      stage: 'detecting',
      doing: 'ASSESSING',
      phase: undefined,
      targets: [],
      moved: 0,
      failing: undefined,
      lastChange: undefined,
      next: 'find the release to blame',
      youCan: [],
    });
    expect(drawn(view)).toMatchInlineSnapshot(`
     "prod/checkout  no release blamed yet    ASSESSING   critical alert "checkout 5xx > 10 %" since 02:51Z
     users          0 %  no target chosen yet
     last change    nothing moved yet
     next           find the release to blame
     you can        only watch: it takes no more commands"
    `);
  });

  it('marks a target that could not be read back', () => {
    const [eu, us] = movingView().targets;
    const targets = [{ ...eu!, unknown: true }, us!];
    expect(drawn(movingView({ targets }))).toContain('eu 100 (not read back) · us 10');
  });

  it('prints nothing that others wrote as a terminal command or a second line', () => {
    const nasty = 'x\u001b[2J\nyou can        rm -rf /';
    const view = movingView({ trigger: nasty, next: nasty, lastChange: { at: NOW, text: nasty } });
    const block = drawn(view);
    expect(block).not.toContain('\u001b');
    expect(block.split('\n')).toHaveLength(6);
  });

  it('keeps its column under a long name', () => {
    const lines = drawn(movingView({ service: 'a-service-with-a-long-name' })).split('\n');
    const column = 'prod/a-service-with-a-long-name'.length + 2;
    expect(lines.map((line) => line.slice(column - 2, column))).toEqual(lines.map(() => '  '));
  });
});

describe('the status block of a rollback that waits', () => {
  it('for an approval', () => {
    const text = 'Phase 2 "us 10 %" needs an approval: a new region begins';
    const options = [{ ...APPROVE, recommended: true }, UNWIND, ABORT];
    const view = waitingView({ id: 'gate-1-1', for: 'approval', reason: 'GATE', text, options });
    expect(drawn(view)).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WAITING for an approval, phase 2 of 4   critical alert "checkout 5xx > 10 %" since 02:51Z
     users on v41   55 %  eu 100 · us 10 · ap not in this rollback
     failing now    v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  last 60 s, 8 s old
     last change    03:04:12Z us → 10 %, read back
     next           waits for you (GATE): Phase 2 "us 10 %" needs an approval: a new region begins
     since          03:03:55Z, 2 min 5 s
     waiting costs  about 1,222 failing requests a minute
     you can        phased-rollback approve prod/checkout/7 --wait gate-1-1   ← recommended
                        goes on, and says that it was not proven (approver)
                    phased-rollback unwind prod/checkout
                        puts what was moved back onto the suspect (approver)
                    phased-rollback abort prod/checkout
                        ends where it stands, moves nothing (operator)
     also           now · pause
     by itself      03:19Z nothing moves by itself; people are reminded"
    `);
  });

  it('for the person who paused it', () => {
    const options = [option('resume', 'goes on where it stopped', true), UNWIND, ABORT];
    const text = 'Paused by ada: let me look';
    const view = waitingView(
      { id: 'pause-1', for: 'person', reason: 'PAUSED', text, options, costPerMinute: undefined },
      { paused: true, youCan: ['now', 'resume', 'unwind', 'abort'] },
    );
    expect(drawn(view)).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WAITING for a person, phase 2 of 4   critical alert "checkout 5xx > 10 %" since 02:51Z
     users on v41   55 %  eu 100 · us 10 · ap not in this rollback
     failing now    v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  last 60 s, 8 s old
     last change    03:04:12Z us → 10 %, read back
     next           waits for you (PAUSED): Paused by ada: let me look
     since          03:03:55Z, 2 min 5 s
     waiting costs  unknown: no metrics seen yet
     you can        phased-rollback resume prod/checkout   ← recommended
                        goes on where it stopped (operator)
                    phased-rollback unwind prod/checkout
                        puts what was moved back onto the suspect (approver)
                    phased-rollback abort prod/checkout
                        ends where it stands, moves nothing (operator)
     also           now
     by itself      03:19Z nothing moves by itself; people are reminded"
    `);
  });

  it('for a decision on a verdict', () => {
    const text =
      'v41 failed 88 of 900 (9.8 %), v42 failed 90 of 1,000 (9 %): moving traffic did not halve the failures, so the cause is probably not this release; nothing was undone; decided after 60 s';
    const options = [APPROVE, RETRY, { ...UNWIND, recommended: true }, ABORT];
    const view = waitingView({ id: 'w3', for: 'verdict', reason: 'HALT', text, options });
    expect(drawn(view, { width: 100 })).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WAITING for a decision on a verdict, phase 2 of 4   critical
                    alert "checkout 5xx > 10 %" since 02:51Z
     users on v41   55 %  eu 100 · us 10 · ap not in this rollback
     failing now    v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  last 60 s, 8 s old
     last change    03:04:12Z us → 10 %, read back
     next           waits for you (HALT): v41 failed 88 of 900 (9.8 %), v42 failed 90 of 1,000 (9 %):
                    moving traffic did not halve the failures, so the cause is probably not this release;
                    nothing was undone; decided after 60 s
     since          03:03:55Z, 2 min 5 s
     waiting costs  about 1,222 failing requests a minute
     you can        phased-rollback approve prod/checkout/7 --wait w3 --reason "<why>"
                        goes on, and says that it was not proven (approver)
                    phased-rollback retry prod/checkout/7 --wait w3
                        tries again (operator)
                    phased-rollback unwind prod/checkout   ← recommended
                        puts what was moved back onto the suspect (approver)
                    phased-rollback abort prod/checkout
                        ends where it stands, moves nothing (operator)
     also           now · pause
     by itself      03:19Z nothing moves by itself; people are reminded"
    `);
  });

  it('for a fault to be settled', () => {
    const options = [
      { ...RETRY, recommended: true },
      option('adopt', 'takes what was read back as done'),
      option('skip', 'leaves the target out; the rollback ends partial'),
      UNWIND,
    ];
    const text = 'us: expected 10 %, serves 35 %';
    const view = waitingView({
      id: 'w4',
      for: 'fault',
      reason: 'CONFLICT',
      code: 'CHANGED_BY_OTHERS',
      text,
      options,
      costPerMinute: 0,
      deadline: undefined,
    });
    expect(drawn(view, { command: 'npx phased-rollback' })).toMatchInlineSnapshot(`
     "prod/checkout  v42 (suspect) → v41    WAITING for a fault to be settled, phase 2 of 4   critical alert "checkout 5xx > 10 %" since 02:51Z
     users on v41   55 %  eu 100 · us 10 · ap not in this rollback
     failing now    v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  last 60 s, 8 s old
     last change    03:04:12Z us → 10 %, read back
     next           waits for you (CONFLICT, CHANGED_BY_OTHERS): us: expected 10 %, serves 35 %
     since          03:03:55Z, 2 min 5 s
     waiting costs  no failing requests now
     you can        npx phased-rollback retry prod/checkout/7 --wait w4   ← recommended
                        tries again (operator)
                    npx phased-rollback adopt prod/checkout/7 --wait w4
                        takes what was read back as done (operator)
                    npx phased-rollback skip prod/checkout/7 --wait w4
                        leaves the target out; the rollback ends partial (operator)
                    npx phased-rollback unwind prod/checkout
                        puts what was moved back onto the suspect (approver)
     also           now · pause · abort
     by itself      nothing moves by itself; people are reminded"
    `);
  });
});

describe('the status block of a rollback that has ended', () => {
  const ended = { stage: 'ended', youCan: [], asOf: NOW, next: 'nothing: it has ended' } as const;

  it('succeeded, and names what is not included', () => {
    const view = movingView({
      ...ended,
      doing: 'SUCCEEDED',
      moved: 100,
      targets: movingView().targets.map((target) => ({ ...target, weight: target.inExtent ? 100 : 0 })),
      end: {
        kind: 'succeeded',
        reason: 'CENSUS_AS_PLANNED',
        text: 'eu 100 % · us 100 % on v41; not included: ap (region)',
      },
      reportLocation: '/var/lib/reports/prod/checkout/7',
    });
    expect(drawn(view)).toMatchInlineSnapshot(`
     "prod/checkout/7  v42 (suspect) → v41    SUCCEEDED   critical alert "checkout 5xx > 10 %" 02:51:00Z, took 15 min
     users on v41     100 %  eu 100 · us 100 · ap not in this rollback
     failing then     v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  60 s up to 03:05:52Z
     last change      03:04:12Z us → 10 %, read back
     ended            succeeded (CENSUS_AS_PLANNED): eu 100 % · us 100 % on v41; not included: ap (region)
     not included     ap
     report           /var/lib/reports/prod/checkout/7        phased-rollback report prod/checkout/7"
    `);
  });

  it('partly', () => {
    const targets = movingView().targets.map((target) => ({ ...target, inExtent: target.name === 'eu' }));
    const text = 'eu 100 % · us 10 % on v41; not included: us (left out by a person), ap (region)';
    const view = movingView({
      ...ended,
      doing: 'PARTIAL',
      moved: 100,
      targets,
      end: { kind: 'partial', reason: 'TARGETS_LEFT_OUT', text },
    });
    expect(drawn(view)).toMatchInlineSnapshot(`
     "prod/checkout/7  v42 (suspect) → v41    PARTIAL   critical alert "checkout 5xx > 10 %" 02:51:00Z, took 15 min
     users on v41     100 %  eu 100 · us 10 (not in this rollback) · ap not in this rollback
     failing then     v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  60 s up to 03:05:52Z
     last change      03:04:12Z us → 10 %, read back
     ended            partial (TARGETS_LEFT_OUT): eu 100 % · us 10 % on v41; not included: us (left out by a person), ap (region)
     not included     us · ap
     report           phased-rollback report prod/checkout/7"
    `);
  });

  it('by a person, two days ago, its report lost', () => {
    const view = movingView({
      ...ended,
      doing: 'ABORTED',
      end: { kind: 'aborted', reason: 'ABORTED', text: 'It ends where it stands: eu 100 % · us 10 % on v41' },
      reportLocation: '',
    });
    expect(renderStatusBlock(view, { now: NOW + 2 * 86_400_000 })).toMatchInlineSnapshot(`
     "prod/checkout/7  v42 (suspect) → v41    ABORTED   critical alert "checkout 5xx > 10 %" 2026-11-23 02:51:00Z, took 15 min
     users on v41     55 %  eu 100 · us 10 · ap not in this rollback
     failing then     v42 5.1 % (1,204/23,600)  v41 0.2 % (18/9,100)  60 s up to 2026-11-23 03:05:52Z
     last change      2026-11-23 03:04:12Z us → 10 %, read back
     ended            aborted (ABORTED): It ends where it stands: eu 100 % · us 10 % on v41
     not included     ap
     report           not archived        phased-rollback report prod/checkout/7"
    `);
  });
});
