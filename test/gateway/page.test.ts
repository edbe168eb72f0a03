import { runInNewContext } from 'node:vm';
import { evidenceRows } from '../../src/domain/report/evidence';
import type { EvidenceView } from '../../src/domain/rollback/evidence-view';
import type { StatusView } from '../../src/domain/rollback/status-view';
import { PAGE } from '../../src/gateway/page';
import { PAGE_SCRIPT } from '../../src/gateway/page-script';

const NOW = 1_795_400_000_000;
const RUNNING: EvidenceView = {
  phase: 2,
  running: true,
  meter: { proceed: 0.42, halt: 0.05 },
  ratioInterval: { low: 0.0234, high: 0.312 },
  current: { requests: 900, bad: 45 },
  stable: { requests: 300, bad: 1 },
  guardrails: [],
  expected: { kind: 'at', at: NOW + 150_000 },
  at: NOW - 4_000,
};

interface Part {
  hidden: boolean;
  textContent: string;
  value?: number;
  readonly [other: string]: unknown;
}

/** What a browser would have of the page after one look at a rollback with this evidence, part by part. */
async function looked(evidence: EvidenceView | undefined): Promise<(id: string) => Part> {
  const parts = new Map<string, Part>();
  const part = (id: string): Part => {
    if (!PAGE.includes(`id="${id}"`)) throw new Error(`the page has no part ${id}`);
    const found = parts.get(id) ?? { hidden: false, textContent: '', addEventListener() {}, replaceChildren() {} };
    parts.set(id, found);
    return found;
  };
  const view = { ...viewOf(evidence), youCan: [] };
  const answer = (url: string) => ({
    ok: true,
    headers: { get: () => new Date(NOW).toUTCString() },
    json: async () => (url.includes('?limit') ? { rollbacks: [] } : { view }),
    text: async () => 'the block',
  });
  await new Promise<void>((resolve) => {
    runInNewContext(PAGE_SCRIPT, {
      CONSEQUENCE: {},
      document: { getElementById: part, createElement: () => ({}) },
      location: { hash: '#prod/checkout/1' },
      addEventListener: () => undefined,
      fetch: async (url: string) => answer(url),
      // It looks again after this.
      setTimeout: () => resolve(),
    });
  });
  expect(part('trouble').textContent).toBe('');
  return part;
}

function viewOf(evidence: EvidenceView | undefined): StatusView {
  return { fromRevision: 'v42', toRevision: 'v41', asOf: NOW, evidence } as StatusView;
}

/** The words of the status for the same. */
const inStatus = (evidence: EvidenceView): string => evidenceRows(viewOf(evidence), NOW)[0]!.lines[0]!;

describe('the evidence on the page', () => {
  it('is how far it is to either answer, what the ratio may be, and when a verdict is due, as in the status', async () => {
    const part = await looked(RUNNING);
    expect(part('evidence').hidden).toBe(false);
    expect(part('evidence-what').textContent).toBe('Evidence of phase 2 so far');
    expect([part('evidence-proceed').value, part('evidence-halt-text').textContent]).toEqual([0.42, '5 %']);
    expect(part('evidence-ratio')).toMatchObject({
      hidden: false,
      textContent: 'v41 fails 0.023 to 0.31 times as often as v42',
    });
    expect(part('evidence-expected')).toMatchObject({
      hidden: false,
      textContent: 'verdict expected in about 2 min 30 s',
    });
  });

  it.each<[string, Partial<EvidenceView>]>([
    ['of both ends', {}],
    ['of one end', { ratioInterval: { low: 0, high: 0.31 } }],
    ['of the other', { ratioInterval: { low: 12.34 } }],
    ['due soon', { expected: { kind: 'at', at: NOW + 119_900 } }],
    ['due on the minute', { expected: { kind: 'at', at: NOW + 180_000 } }],
    ['due now', { expected: { kind: 'at', at: NOW - 1 } }],
    ['not due in time', { expected: { kind: 'not-before-longest-bake' } }],
  ])('says what the status says, word by word: %s', async (_name, change) => {
    const evidence = { ...RUNNING, ...change };
    const part = await looked(evidence);
    const said = inStatus(evidence).split(' · ');
    expect(said).toContain(part('evidence-ratio').textContent);
    expect(said).toContain(part('evidence-expected').textContent);
  });

  it('keeps the ratio beside a verdict, with no way to go and nothing to expect', async () => {
    const { expected: _, ...rest } = RUNNING;
    const part = await looked({ ...rest, running: false, verdict: { decision: 'proceed', reason: 'HELPING' } });
    expect(part('evidence').hidden).toBe(false);
    expect(part('evidence-meters').hidden).toBe(true);
    expect(part('evidence-ratio').hidden).toBe(false);
    expect(part('evidence-expected').hidden).toBe(true);
  });

  it('is nothing before there is any', async () => {
    expect((await looked(undefined))('evidence').hidden).toBe(true);
  });

  it('leaves out a ratio that nothing bounds', async () => {
    const part = await looked({ ...RUNNING, ratioInterval: { low: 0 } });
    expect(part('evidence-ratio').hidden).toBe(true);
    expect(part('evidence').hidden).toBe(false);
  });
});
