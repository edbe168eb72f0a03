import { buildReport } from '../../../src/domain/report';
import { openState, record } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import type { LoggedLook } from '../../../src/domain/judge';
import { CURRENT_RULES } from '../../../src/domain/rollback/rules';
import { request, START } from './support/fixtures';

const opened = openState(request('auto'), START, CURRENT_RULES);
const observation = { readings: {}, traffic: [], observedMs: 0 };
const END = { kind: 'aborted', reason: 'ABORTED', text: 'for this test' } as const;

function baked(state: RunState, phase: number, samples?: readonly LoggedLook[]): RunState {
  const at = state.now + 1_000;
  return record(state, { kind: 'baked', phase, observation: { ...observation, ...(samples ? { samples } : {}) }, at });
}

/** Looks of so many rows each. */
function looks(many: number, targets: number): readonly LoggedLook[] {
  const names = Array.from({ length: targets }, (_, index) => `eu-central-${index}`);
  const rows = Object.fromEntries(names.map((name) => [name, [12_345, 678, 123_456, 7_890] as const]));
  return Array.from({ length: many }, (_, index) => ({ at: START + index, symptom: rows }));
}

describe('the sample log of a run', () => {
  it('says of each look in which phase it was, and is told by the report, which counts phases from one', () => {
    const state = baked(baked(opened, 0, looks(2, 1)), 1, looks(1, 1));
    expect(state.samples?.map(({ phase }) => phase)).toEqual([0, 0, 1]);
    const { samples } = buildReport(state, END, state.now);
    expect(samples).toMatchObject([
      { phase: 1 },
      { phase: 1 },
      { phase: 2, symptom: { 'eu-central-0': [12_345, 678, 123_456, 7_890] } },
    ]);
  });

  it('stays short however long the run and however many its targets', () => {
    let state = opened;
    for (let segment = 0; segment < 100; segment += 1) state = baked(state, Math.floor(segment / 10), looks(15, 40));
    expect(JSON.stringify(state.samples).length).toBeLessThan(120_000);
    expect(new Set(state.samples?.map(({ phase }) => phase)).size).toBe(10);
  });

  it('is absent where workers of earlier builds observed, and from their reports', () => {
    const state = baked(opened, 0);
    expect(state).not.toHaveProperty('samples');
    expect(buildReport(state, END, state.now)).not.toHaveProperty('samples');
  });
});
