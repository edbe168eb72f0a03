import fc from 'fast-check';
import { buildReport, renderReportHtml, renderReportMarkdown } from '../../../src/domain/report';
import type { Split } from '../../../src/domain/plan';
import { endOf } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { escapeMarkup } from '../../../src/domain/report/markup';
import { md } from '../../../src/domain/report/markdown';
import { request, START } from '../rollback/support/fixtures';
import { lifeOf, patientApprover } from './support/life';

const STATE = lifeOf(request('ask'), patientApprover);
const model = (state: RunState) => buildReport(state, state.end ?? endOf(state), START + 3_600_000);

/** Failures told apart by labels of which somebody else chose the names and the values. */
function splitsOf(text: string): readonly Split[] {
  const [current, stable] = [
    { requests: 1_000, bad: 40 },
    { requests: 50, bad: 0 },
  ];
  const slices = [
    { value: text, current, stable, standing: 'worse' as const },
    {
      value: 'us',
      current: { requests: 2_000, bad: 2 },
      stable,
      standing: 'better' as const,
      keepsObjective: true as const,
    },
  ];
  const all = { requests: 3_000, bad: 42 };
  const counts = { slices, values: 2, compared: 2, all, windowMs: 300_000 };
  return [
    { kind: 'split', label: text, of: 'failures', finding: 'worse', ...counts },
    { kind: 'unsplit', label: text, because: text },
  ];
}

/** The same rollback, with this text wherever others can write. */
function poisoned(text: string): RunState {
  return {
    ...STATE,
    end: { kind: 'succeeded', reason: text, text },
    assessment: {
      kind: 'blamed',
      fromRevision: text,
      toRevision: text,
      extent: [text],
      because: text,
      splits: splitsOf(text),
    },
    plan: {
      ...STATE.plan!,
      fromRevision: text,
      because: text,
      outside: [{ target: text, because: text }],
      units: { eu: { total: 8, name: text } },
      phases: STATE.plan!.phases.map((phase) => ({ ...phase, name: text, because: text })),
    },
    checks: [{ check: text, status: 'warn', target: text, evidence: text, fix: text, overridable: true }],
    journal: STATE.journal.map((entry) => ({ ...entry, text, by: text, reason: text })),
    alertsOutside: [{ ...STATE.alerts[0]!, title: text }],
  };
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    '</pre></main><iframe src="//x">',
    ']]><svg onload=x>',
    '&lt;b&gt;',
    '`code` | [link](javascript:x) ![i](x)',
    '```\n# heading',
    '<!-- ',
  ),
);

/** Every tag name and attribute name of a page, in order. */
function skeleton(html: string): string {
  return (html.match(/<\/?[a-z!][^>]*>/gi) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""')).join('\n');
}

describe("the judge's evidence in a report", () => {
  const journal = STATE.journal.map((entry) =>
    entry.verdict
      ? {
          ...entry,
          verdict: {
            ...entry.verdict,
            ratio: 0.03,
            ratioInterval: { low: 0, high: 0.31 },
            guardrails: [
              {
                name: 'latency',
                kind: 'share',
                current: { requests: 1_000, bad: 20 },
                stable: { requests: 400, bad: 7 },
                standing: 'unharmed',
              } as const,
            ],
          },
        }
      : entry,
  );
  const told = model({ ...STATE, journal });

  it('stands beside each verdict, in Markdown and HTML: what the ratio may be, and the guardrails', () => {
    for (const report of [renderReportMarkdown(told), renderReportHtml(told)]) {
      expect(report).toContain('3 %, may be at most 31 %');
      expect(report).toContain('latency: suspect 2 % (20/1,000)  old 1.8 % (7/400), proven unharmed');
    }
  });

  it('is in the JSON form, of the last verdict and of each', () => {
    expect(told.status.evidence).toMatchObject({ running: false, verdict: { decision: 'proceed' } });
    expect(told.verdicts[0]).toMatchObject({ ratioInterval: { high: 0.31 }, guardrails: [{ name: 'latency' }] });
  });
});

describe('where it failed', () => {
  const assessment = { ...STATE.assessment!, splits: splitsOf('region') } as RunState['assessment'];
  const told = model({ ...STATE, assessment });

  it('is in every form of the report, with the counts of every slice and what is proven', () => {
    for (const report of [renderReportMarkdown(told), renderReportHtml(told)]) {
      expect(report).toContain('Where it failed');
      expect(report).toContain('4 % (40/1,000)');
      expect(report).toContain('better, keeps the objective');
      expect(report).toContain('could not be split by region');
    }
    expect(told.status.splits).toHaveLength(2);
  });
});

describe('the HTML report', () => {
  const html = renderReportHtml(model(STATE));

  it('is one file that loads nothing and runs nothing', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|\shref=|url\(|@import|\son[a-z]+=/i);
    expect(html).toContain("default-src 'none'");
  });

  it('has a language, one heading, captions, header cells and described pictures', () => {
    expect(html).toContain('<html lang="en">');
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html.match(/<table>/g)?.length).toBe(html.match(/<caption>/g)?.length);
    expect(html).toContain('<th scope="col">');
    expect(html.match(/role="img" aria-labelledby="(share|ratio)-title (share|ratio)-desc"/g)).toHaveLength(2);
    expect(html).toContain('prefers-color-scheme:dark');
  });

  it('draws a band for each phase and a line for each target and revision', () => {
    expect(html.match(/class="b[01]"/g)).toHaveLength(8);
    expect(html.match(/<path class="line/g)).toHaveLength(8);
    expect(html).not.toContain('NaN');
  });

  it('closes every element it opens', () => {
    const open: string[] = [];
    for (const [, slash, name, self] of html.matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
      const closes = slash === '/';
      expect(closes ? open.pop() : name).toBe(name);
      if (!closes && !self && !['meta', 'br'].includes(name ?? '')) open.push(name ?? '');
    }
    expect(open).toEqual([]);
  });

  it('has the same elements and attributes whatever others wrote', () => {
    const harmless = skeleton(renderReportHtml(model(poisoned('x'))));
    fc.assert(
      fc.property(nasty, (text) => {
        expect(skeleton(renderReportHtml(model(poisoned(text))))).toBe(harmless);
      }),
      { numRuns: 150 },
    );
  });

  it('escapes everything that could end an element or an attribute', () => {
    expect(escapeMarkup(`<a href="x" title='y'>&</a>`)).toBe(
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;',
    );
  });
});

describe('the Markdown report', () => {
  it('has a section for everything that happened', () => {
    const headings = renderReportMarkdown(model(STATE)).match(/^#+ .*$/gm);
    expect(headings).toEqual([
      '# Rollback prod/checkout/1: succeeded',
      '## Findings',
      '## Exposure',
      '## Plan',
      '## Checks',
      '## Verdicts',
      '## People',
      '## Timeline',
    ]);
  });

  it('keeps its headings, tables and code whatever others wrote', () => {
    const shape = (text: string) =>
      renderReportMarkdown(model(poisoned(text)))
        .split('\n')
        .map((line) =>
          line.startsWith('|') ? (line.match(/(?<!\\)\|/g) ?? []).length : line.startsWith('#') ? line : '',
        )
        .join('\n');
    const harmless = shape('x');
    fc.assert(
      fc.property(nasty, (text) => expect(shape(text)).toBe(harmless)),
      { numRuns: 150 },
    );
  });

  it.each([
    ['[a](javascript:b) ![e](f)', '\\[a\\](javascript:b) !\\[e\\](f)'],
    ['`c` <d> | *g* ~~h~~ & co', '\\`c\\` &lt;d&gt; \\| \\*g\\* \\~\\~h\\~\\~ &amp; co'],
    ['see https://evil.example or www.evil.example', 'see https:&#47;/evil.example or www&#46;evil.example'],
    ['# heading', '\\# heading'],
    ['- item', '\\- item'],
    ['1. item', '1\\. item'],
    ['> quoted', '&gt; quoted'],
    ['NO_RELEASE_KNOWN since 2026-11-23', 'NO_RELEASE_KNOWN since 2026-11-23'],
    ['_emphasis_', '\\_emphasis\\_'],
  ])('makes %s literal', (text, expected) => {
    expect(md(text)).toBe(expected);
  });
});

describe('a report of nearly nothing', () => {
  it('is still a page', () => {
    const state = lifeOf(request('ask'), () => ({ kind: 'abort', by: 'ada' }));
    const page = renderReportHtml(model(state));
    expect(page).toContain('<h1>Rollback prod/checkout/1: aborted</h1>');
    expect(page).not.toContain('NaN');
    expect(renderReportMarkdown(model(state))).toContain('Nothing had been moved');
  });
});
