import type { Cause } from '../../src/domain/alert/alert';
import type { ServicePolicy } from '../../src/domain/policy/policy';
import { buildReport, renderReportMarkdown, renderStatusBlock } from '../../src/domain/report';
import { FAST_POLICY, Theatre } from './support/play';
import type { Play, PlayOptions } from './support/play';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('judged-causes');
});
afterAll(async () => {
  await theatre.close();
});

describe('a rollback that is judged by its cause', () => {
  const QUIET = { v42: 0, v41: 0 };
  const caused = (cause: Cause, world: object, metrics: ServicePolicy['metrics'] = []): PlayOptions => ({
    request: { cause },
    policy: { metrics: [...FAST_POLICY.metrics, ...metrics] },
    world: (there) => Object.assign(there, { fails: QUIET, ...world }),
  });
  const measured = (kind: 'latency' | 'saturation', name: string, slow: object): PlayOptions =>
    caused(kind, { slow }, [{ name, kind, provider: { type: 'fake' }, objective: 0.02 }]);
  const CASES = {
    secured: caused('security', {}),
    insecure: caused('security', { fails: { v42: 0, v41: 0.3 } }),
    emptied: measured('saturation', 'full queues', { v42: 0.1, v41: 0 }),
    full: measured('saturation', 'full queues', { v42: 0.1, v41: 0.1 }),
    quick: measured('latency', 'slow requests', { v42: 0.4, v41: 0 }),
    quicker: measured('latency', 'slow requests', { v42: 0.4, v41: 0.08 }),
  };
  let plays: Readonly<Record<keyof typeof CASES, Play>>;
  // Side by side: each waits for its own looks most of the time.
  beforeAll(async () => {
    const begun = Object.entries(CASES).map(async ([name, options]) => [name, await theatre.play(options)] as const);
    plays = Object.fromEntries(await Promise.all(begun)) as typeof plays;
  });

  /**
   * What people are shown of a run, and what its report says, with the verdict of each phase: where a machine is slow, one
   * is renewed before traffic moves on, and what renews asks for harm alone, whatever the cause.
   */
  async function told(play: Play) {
    const state = await play.state();
    const verdicts = state.phases.flatMap(({ verdict }) => verdict ?? []);
    const block = renderStatusBlock(await play.view(), { now: Date.now() });
    const report = state.end ? renderReportMarkdown(buildReport(state, state.end, state.now)) : '';
    return { end: state.end, verdicts, block, report, reasons: new Set(verdicts.map(({ reason }) => reason)) };
  }

  async function endOf(play: Play) {
    await play.result();
    return told(play);
  }

  it('security: is asked for harm alone, goes on where none is proven to come, and stops where the old revision fails', async () => {
    const ended = await endOf(plays.secured);
    expect(ended.end).toMatchObject({ kind: 'succeeded' });
    expect(ended.reasons).toEqual(new Set(['NO_HARM']));
    expect(ended.verdicts[0]!.text).toMatch(
      /v41 failed 0 of .*: proven to fail at most 1\.5 times as often and 1\.0 % more; whether it helps was not asked; decided/,
    );
    expect(ended.verdicts.at(-1)!.text).toMatch(
      /no harm: proven to keep the target at most 2\.0 % \(the objective\); whether it helps was not asked/,
    );
    expect(ended.report).toContain('express, for security:');
    const { wait } = await plays.insecure.untilWaiting('HALT');
    expect(wait?.text).toMatch(
      /v41 failed [\d,]+ of [\d,]+ \([23]\d %\), v42 failed 0 of .*: v41 fails more: at least/,
    );
    const halted = await told(plays.insecure);
    expect(halted.verdicts.at(-1)).toMatchObject({ decision: 'halt', reason: 'WORSE' });
    expect(halted.block).toMatch(/failing now +v42 0 % .* v41 [23]\d %/);
  });

  it('saturation: is helped or not by what met something full, in those words, and failures are no more than watched', async () => {
    const ended = await endOf(plays.emptied);
    expect(ended.end).toMatchObject({ kind: 'succeeded' });
    expect(ended.reasons).toEqual(new Set(['HELPING', 'RESTORED']));
    expect(ended.verdicts[0]!.text).toMatch(
      /^v41 was saturated in 0 of .*, v42 was saturated in .*: it helps: at most/,
    );
    expect(ended.verdicts[0]!.evidence['errors.ok']).toBeGreaterThan(Math.log(10) - 0.01);
    expect(ended.block).toMatch(/saturated then +v4/);
    expect(ended.report).toContain('for saturation:');
    const { wait } = await plays.full.untilWaiting('HALT');
    expect(wait?.text).toContain('moving traffic did not halve the saturated requests');
    expect((await told(plays.full)).verdicts.at(-1)).toMatchObject({ decision: 'halt', reason: 'NOT_HELPING' });
  });

  it('latency: is helped by fewer slow requests, and a person is asked where they are fewer but still too many', async () => {
    const ended = await endOf(plays.quick);
    expect(ended.end).toMatchObject({ kind: 'succeeded' });
    expect(ended.verdicts[0]!.text).toMatch(
      /^v41 was slow in 0 of .*, v42 was slow in .* \((?:39|40) %\): it helps: at most/,
    );
    expect(ended.report).toMatch(/the suspect was slow in [\d,]+ of [\d,]+ requests after the first shift/);
    expect(ended.report).toMatch(/The suspect served [\d,]+ of those requests, which were exposed to it/);
    const { wait, evidence } = await plays.quicker.untilWaiting('HOLD');
    expect(wait?.text).toMatch(/v41 was slow in .*: clearly better: .*, but still not good, target at most 2\.0 %/);
    expect(evidence?.verdict).toEqual({ decision: 'hold', reason: 'PARTIAL' });
    const { block } = await told(plays.quicker);
    // About 8 % of the few it has served: counters show whole requests only, so one more or less is seen.
    expect(block).toMatch(/slow now +v42 (?:39|40) % .* v41 (?:[4-9](?:\.\d)?|1[0-2]) %/);
    expect(block).toMatch(/v41 is slow (?:[\d.]+ to|at most) [\d.]+ times as often as v42/);
    expect(block).toMatch(/about [\d,]+ slow requests a minute/);
    expect(block).not.toMatch(/failing|v4[12] fail/);
  });
});
