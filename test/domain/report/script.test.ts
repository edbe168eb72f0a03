import { buildReport, renderReportHtml, renderReportMarkdown, renderScript } from '../../../src/domain/report';
import type { StepsByHand } from '../../../src/domain/plan/script';
import { endOf } from '../../../src/domain/rollback';
import { request, START } from '../rollback/support/fixtures';
import { lifeOf, patientApprover } from './support/life';

const HEAD = { name: 'prod/checkout/7', asOf: Date.UTC(2026, 10, 28, 3, 4, 5) };

function byHand(change: Partial<StepsByHand> = {}): StepsByHand {
  return {
    fromRevision: 'v42',
    toRevision: 'v41',
    direction: 'forward',
    steps: [
      { name: 'phase 2 of 3: eu 100 %', because: 'eu is proven', weights: [{ target: 'eu', weight: 100 }] },
      { name: 'phase 3 of 3: us 50 %', because: 'one more', weights: [{ target: 'us', weight: 50 }] },
    ],
    scripts: {
      eu: {
        needs: ['socat'],
        begin: ['begin_eu'],
        steps: [{ weight: 100, lines: ['move eu 100'] }],
        show: ['show eu'],
      },
      us: { none: 'a target of type in-memory does not tell its steps as commands' },
    },
    ...change,
  };
}

describe('what is left as a shell script', () => {
  it('has the steps in their order, each with what is served then and a stop before the next', () => {
    expect(renderScript(byHand(), HEAD)).toBe(`#!/bin/sh
# What is left of prod/checkout/7, v42 → v41, as it was known at 2026-11-28T03:04:05Z.
# For the case that neither phased-rollback nor Temporal answers: each step moves traffic when it is run.
# Every step may be run again. What it changes is seen as a foreign change afterwards: adopt it, or abort.
set -eu
for program in socat; do
  command -v "$program" > /dev/null || { printf 'missing: %s\\n' "$program" >&2; exit 1; }
done
step_is_done() { printf '%s\\n' "$1"; [ ! -t 0 ] || { printf 'Enter goes on, Ctrl-C stops here: '; read -r _; }; }
begin_eu

# phase 2 of 3: eu 100 %: eu is proven
# eu to 100 % on v41
move eu 100
show eu
step_is_done 'phase 2 of 3: eu 100 % is done. Look at your metrics before the next step.'

# phase 3 of 3: us 50 %: one more
# us to 50 % on v41
# NO COMMANDS HERE, do it yourself before you go on: a target of type in-memory does not tell its steps as commands
step_is_done 'phase 3 of 3: us 50 % is done. Look at your metrics before the next step.'
`);
  });

  it('lets nothing that others wrote out of its comment or quotation', () => {
    const because = "it's\nrm -rf /\u001b[2J";
    const steps = [{ name: "a'; rm -rf / #", because, weights: [{ target: 'eu', weight: 100 }] }];
    const lines = renderScript(byHand({ steps }), HEAD).split('\n');
    expect(lines.filter((line) => line.includes('rm -rf'))).toEqual([
      "# a'; rm -rf / #: it's rm -rf / [2J",
      "step_is_done 'a'\\''; rm -rf / # is done. Look at your metrics before the next step.'",
    ]);
  });

  it('says where there are no commands for a share', () => {
    const steps = [{ name: 'half', because: 'both fail', weights: [{ target: 'eu', weight: 50 }] }];
    expect(renderScript(byHand({ steps }), HEAD)).toContain('do it yourself before you go on: there are none for 50 %');
  });

  it('says when it puts back', () => {
    expect(renderScript(byHand({ direction: 'back' }), HEAD)).toContain('v41 → v42, put back');
  });
});

describe('the report of a rollback of which something is left', () => {
  const state = lifeOf(request('ask'), patientApprover);
  const model = buildReport(state, endOf(state), START + 3_600_000);

  it('keeps the script, in Markdown and in HTML', () => {
    const told = { ...model, status: { ...model.status, byHand: byHand() } };
    expect(renderReportMarkdown(told)).toContain('```sh\n#!/bin/sh\n');
    expect(renderReportHtml(told)).toContain('step_is_done() { printf &#39;%s\\n&#39;');
  });

  it('keeps none where no target has told a command', () => {
    const scripts = { eu: { none: 'not asked' }, us: { none: 'not asked' } };
    const untold = { ...model, status: { ...model.status, byHand: byHand({ scripts }) } };
    expect(renderReportMarkdown(untold)).not.toContain('by hand');
    expect(renderReportHtml(untold)).not.toContain('by hand');
  });
});
