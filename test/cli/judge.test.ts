import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from './support/fake-cli';

interface Printed {
  readonly id: string;
  readonly verdict: string;
  readonly reason: string;
  readonly t: number;
  readonly evidence: Record<string, number>;
}

const policy = { objective: 0.01, baseline: 0.001, intervalSeconds: 10, settleSeconds: 0, maxBakeSeconds: 600 };

function runLines(
  id: string,
  stableFails: number,
  guard?: { readonly stable: number; readonly current: number },
): string[] {
  const cohort = (requests: number, errors: number, slow?: number) => ({
    requests,
    errors: Math.round(errors),
    ...(slow === undefined ? {} : { latency: { slow: Math.round(slow) } }),
  });
  const header = { type: 'run', id, policy: { ...policy, ...(guard ? { guardrails: ['latency'] } : {}) } };
  const history = Array.from({ length: 30 }, (_, index) => ({
    type: 'history',
    t: -300 + index * 10,
    current: { requests: 900, errors: 41 + ((index * 7) % 9) },
  }));
  const samples = Array.from({ length: 60 }, (_, index) => {
    const tick = index + 1;
    const [s, c] = [250 * tick, 750 * tick];
    return {
      type: 'sample',
      t: tick * 10,
      stable: cohort(s, s * stableFails, guard && s * guard.stable),
      current: cohort(c, c * 0.05, guard && c * guard.current),
    };
  });
  return [header, ...history, ...samples].map((line) => JSON.stringify(line));
}

describe('phased-rollback judge', () => {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-judge-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function judged(lines: readonly string[], ...options: readonly string[]) {
    const file = join(dir, 'runs.jsonl');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const said = await say(['judge', file, ...options]);
    const printed = said.out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Printed);
    return { ...said, printed };
  }

  it('prints one verdict for each run, with its reason, second and evidence', async () => {
    const lines = [
      ...runLines('cured', 0.001),
      ...runLines('alike', 0.05),
      ...runLines('slow', 0.001, { stable: 0.12, current: 0.02 }),
      ...runLines('not slow', 0.001, { stable: 0.02, current: 0.02 }),
    ];
    const { printed, exit } = await judged(lines);
    expect(exit).toBe(0);
    expect(printed).toMatchObject([
      { id: 'cured', verdict: 'proceed', reason: 'HELPING', t: 20 },
      { id: 'alike', verdict: 'halt', reason: 'NOT_HELPING', t: 20 },
      { id: 'slow', verdict: 'halt', reason: 'NEW_PROBLEM' },
      { id: 'not slow', verdict: 'proceed', reason: 'HELPING' },
    ]);
    expect(printed[0]?.evidence.help).toBeGreaterThan(Math.log(20) - 0.01);
  });

  it('prints what is said at every sample when asked to, also after the verdict, which is the same one', async () => {
    const lines = runLines('cured', 0.001);
    const { printed } = await judged(lines, '--every-sample');
    const samples = lines.filter((line) => line.includes('"type":"sample"'));
    expect(printed).toHaveLength(samples.length);
    expect(printed.slice(0, 2).map(({ t, verdict }) => [t, verdict])).toEqual([
      [10, 'hold'],
      [20, 'proceed'],
    ]);
    const [decided] = (await judged(lines)).printed;
    expect(printed[1]).toEqual(decided);
  });

  describe('on targets told apart', () => {
    const header = (more: object = {}) =>
      JSON.stringify({ type: 'run', id: 'apart', policy: { ...policy, targets: { eu: 25, us: 25 }, ...more } });
    /** So many samples, in each of which a target's cohorts have these counts more. */
    const samples = (many: number, targets: Readonly<Record<string, readonly [object, object] | undefined>>) =>
      Array.from({ length: many }, (_, index) => {
        const grown = (counts: object): unknown =>
          JSON.parse(JSON.stringify(counts), (_key, value: unknown) =>
            typeof value === 'number' ? value * (index + 1) : value,
          );
        const seen = Object.entries(targets).flatMap(([name, sides]) =>
          sides ? [[name, { stable: grown(sides[0]), current: grown(sides[1]) }]] : [],
        );
        return JSON.stringify({ type: 'sample', t: (index + 1) * 10, targets: Object.fromEntries(seen) as object });
      });
    const cured = [
      { requests: 250, errors: 0 },
      { requests: 750, errors: 38 },
    ] as const;

    it('goes on only by the samples of all of them', async () => {
      const both = await judged([header(), ...samples(30, { eu: cured, us: cured })]);
      expect(both.printed).toMatchObject([{ verdict: 'proceed', reason: 'HELPING', t: 30 }]);
      const one = await judged([header(), ...samples(30, { eu: cured })]);
      expect(one.printed).toMatchObject([{ verdict: 'hold', reason: 'NO_DATA' }]);
    });

    it('takes a guardrail that is null as not seen, and one with requests by these', async () => {
      const guarded = (slow: unknown) =>
        samples(60, {
          eu: [
            { ...cured[0], slow },
            { ...cured[1], slow },
          ] as const,
        });
      const run = header({ targets: { eu: 25 }, guardrails: ['slow'] });
      expect((await judged([run, ...guarded(null)])).printed).toMatchObject([{ verdict: 'hold', reason: 'NO_DATA' }]);
      const own = await judged([run, ...guarded({ slow: 1, requests: 100 })]);
      expect(own.printed).toMatchObject([{ verdict: 'proceed', reason: 'HELPING' }]);
    });

    it('judges by the target ratio alone where there is no control', async () => {
      const all = [
        { requests: 1_000, errors: 0 },
        { requests: 0, errors: 0 },
      ] as const;
      const { printed } = await judged([header({ targets: { eu: 100 }, control: false }), ...samples(60, { eu: all })]);
      expect(printed).toMatchObject([{ verdict: 'proceed', reason: 'RESTORED' }]);
    });
  });

  it('holds a run whose samples end before anything is proven', async () => {
    const { printed } = await judged(runLines('short', 0.05).slice(0, 32));
    expect(printed).toMatchObject([{ verdict: 'hold', reason: 'NOT_ENOUGH_EVIDENCE', t: 10 }]);
  });

  it.each([
    ['not JSON', ['{"type":'], 'runs.jsonl:1: not JSON'],
    [
      'a sample without a run',
      ['{"type":"sample","t":1,"stable":null,"current":null}'],
      'runs.jsonl:1: a sample (t 1) comes before any {"type":"run","id":…}, which begins a run',
    ],
    [
      'a line that breaks off',
      ['{"type":"run","id":"x"}', 'tail: runs.jsonl: file truncated'],
      '): tail: runs.jsonl: file truncated; every line is one object, {"type":"run" …} first',
    ],
    ['a line that is no object', ['[1]'], 'runs.jsonl:1: the line: must be a map, not a list'],
    [
      'an unknown type',
      ['{"type":"smaple","t":1}'],
      'runs.jsonl:1: type is "smaple": unknown type "smaple"; did you mean "sample"?',
    ],
    ['a line without a type', ['{"t":1}'], 'runs.jsonl:1: type: is missing; there is run, history, sample'],
    [
      'a ratio in percent',
      ['{"type":"run","id":"x","policy":{"objective":5}}'],
      'runs.jsonl:1: policy.objective is 5: a ratio is 0 to 1, such as 0.05 for 5 %',
    ],
    [
      'an unknown setting',
      ['{"type":"run","id":"x","policy":{"objectiv":0.1}}'],
      'runs.jsonl:1: policy.objectiv: unknown key "objectiv"; did you mean "objective"?',
    ],
    [
      'a count below zero, past empty lines',
      ['{"type":"run","id":"x"}', '', '{"type":"sample","t":10,"stable":{"requests":-3,"errors":0},"current":null}'],
      'runs.jsonl:3: stable.requests is -3: must be 0 or more',
    ],
    [
      'counts that are text',
      ['{"type":"run","id":"x"}', '{"type":"sample","t":10,"stable":{"requests":"3","errors":0},"current":null}'],
      'runs.jsonl:2: stable.requests is "3": must be a number, not a text',
    ],
    [
      'a sample without its second',
      ['{"type":"run","id":"x"}', '{"type":"sample","stable":null,"current":null}'],
      'runs.jsonl:2: t: is missing; it must be a number',
    ],
    [
      'history after the first sample',
      [
        '{"type":"run","id":"x"}',
        '{"type":"sample","t":10,"stable":null,"current":null}',
        '{"type":"history","t":-10,"current":null}',
      ],
      'runs.jsonl:3: history of run x comes after its first sample; it belongs before it',
    ],
    ['a run without samples', ['{"type":"run","id":"x","policy":{}}'], 'run x has no sample'],
    ['nothing at all', [''], 'no run was read'],
    [
      'a guardrail that is not in the sample',
      [
        '{"type":"run","id":"x","policy":{"guardrails":["latency"]}}',
        '{"type":"sample","t":10,"stable":{"requests":1,"errors":0},"current":null}',
      ],
      'runs.jsonl:2: the guardrail latency needs "latency":{"slow":<count>}',
    ],
    [
      'a guardrail that is a bare number',
      [
        '{"type":"run","id":"x","policy":{"guardrails":["latency"]}}',
        '{"type":"sample","t":10,"stable":{"requests":1,"errors":0,"latency":7},"current":null}',
      ],
      'or null where it is missing, and is 7',
    ],
    [
      'a sample with half of its cohorts',
      ['{"type":"run","id":"x"}', '{"type":"sample","t":10,"stable":null}'],
      'runs.jsonl:2: a sample has "stable" and "current"',
    ],
    [
      'targets that the policy does not name',
      ['{"type":"run","id":"x"}', '{"type":"sample","t":10,"targets":{}}'],
      'runs.jsonl:2: "targets" of a sample need "targets" in the policy',
    ],
    [
      'a sample without its targets',
      [
        '{"type":"run","id":"x","policy":{"targets":{"eu":25}}}',
        '{"type":"sample","t":10,"stable":null,"current":null}',
      ],
      'runs.jsonl:2: a sample of this run has "targets": eu',
    ],
    [
      'a target of another run',
      [
        '{"type":"run","id":"x","policy":{"targets":{"eu":25}}}',
        '{"type":"sample","t":10,"targets":{"us":{"stable":null,"current":null}}}',
      ],
      'runs.jsonl:2: the policy of this run has no target "us"; it has eu',
    ],
  ])('refuses %s with the line and the way out', async (_name, lines, complaint) => {
    const { exit, err } = await judged(lines);
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining(complaint) as string });
  });

  it('says which file it cannot read', async () => {
    const { exit, err } = await say(['judge', join(dir, 'none.jsonl')]);
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining('none.jsonl') as string });
  });
});
