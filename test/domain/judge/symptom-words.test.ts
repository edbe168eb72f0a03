import { decide, world } from './support';

const RATES = { perInterval: 1_000, share: 0.25, intervals: 20 };
const OF = { tau: 0.01, tauSource: 'objective' } as const;

describe.each([
  ['latency', 'was slow in', 'is slow more often', 'slow requests', 'are slow', 'to be slow'],
  [
    'saturation',
    'was saturated in',
    'is saturated more often',
    'saturated requests',
    'are saturated',
    'to be saturated',
  ],
] as const)('what is said of %s as the symptom', (symptom, did, more, failures, both, proven) => {
  const said = (stableFails: number, currentFails: number, change: Parameters<typeof decide>[1] = {}) =>
    decide(world({ ...RATES, stableFails, currentFails }), { ...OF, symptom, ...change });

  it.each([
    ['HELPING', said(0.001, 0.1), new RegExp(`^v41 ${did} \\d+ of .*, v42 ${did} .*: it helps`)],
    ['WORSE', said(0.2, 0.05), new RegExp(`v41 ${more}: `)],
    ['NOT_HELPING', said(0.1, 0.1), new RegExp(`did not halve the ${failures}`)],
    ['PERSISTS', said(0.1, 0.1, { phaseIndex: 1 }), new RegExp(`the ${failures} persist on v41`)],
    ['COUPLED', said(0.7, 0.7), new RegExp(`both revisions ${both} together`)],
    ['NO_HARM', said(0.001, 0.05, { mode: 'no-harm' }), new RegExp(`proven ${proven} at most 1\\.5 times as often`)],
  ])('names %s without a word of failing', (reason, verdict, words) => {
    expect(verdict.reason).toBe(reason);
    expect(verdict.text).toMatch(words);
    expect(verdict.text).not.toMatch(/fail/);
  });
});
