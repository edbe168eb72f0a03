import type { ServicePolicy } from '../../src/domain/policy/policy';
import { FAST_POLICY, Theatre } from './support/play';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('judging');
});
afterAll(async () => {
  await theatre.close();
});

const slowness = { name: 'slow requests', kind: 'latency' as const, provider: { type: 'fake' } };
const BOTH: Partial<ServicePolicy> = { metrics: [...FAST_POLICY.metrics, slowness] };

describe('a rollback that is judged by more than its symptom', () => {
  it('comes to its end where the other metrics are proven unharmed', async () => {
    const play = await theatre.play({ policy: BOTH });
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
    const [verdict] = (await play.state()).journal.flatMap((entry) => entry.verdict ?? []);
    expect(verdict?.evidence['slow requests.ok']).toBeGreaterThan(Math.log(10) - 0.01);
  });

  it('halts when the failures are cured and requests become slow, and says which metric got worse', async () => {
    const slow = { v42: 0.02, v41: 0.4 };
    const play = await theatre.play({ policy: BOTH, world: (world) => Object.assign(world, { slow }) });
    const { wait } = await play.untilWaiting('HALT');
    expect(wait?.text).toMatch(/slow requests got worse: bad in \d\d % .* on v41 against .* on v42 \(allowed/);
  });

  it('asks when one of the other metrics cannot be read, and never takes that for unharmed', async () => {
    const policy = { ...BOTH, timing: { ...FAST_POLICY.timing, noDataMs: 1_500 } };
    const play = await theatre.play({ policy, world: (world) => Object.assign(world, { slownessMissing: true }) });
    const { wait } = await play.untilWaiting('HOLD');
    expect(wait?.text).toContain('no usable metrics of slow requests');
    expect(wait?.options.find(({ recommended }) => recommended)?.command).toBe('retry');
    play.world.slownessMissing = false;
    await play.answer('HOLD', 'retry');
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
  });
});

describe('a phase whose source of metrics remembers', () => {
  it('is calibrated by how the suspect failed before it', async () => {
    const past = Array.from({ length: 30 }, () => ({ requests: 1_000, bad: 100 }));
    const remembering = await theatre.play({ world: (world) => Object.assign(world, { past }) });
    const forgetful = await theatre.play();
    const notes = await Promise.all(
      [remembering, forgetful].map(async (play) => {
        await play.result();
        const verdicts = (await play.state()).journal.flatMap((entry) => entry.verdict ?? []);
        return verdicts.some(({ text }) => text.includes('no history of bursts was known'));
      }),
    );
    expect(notes).toEqual([false, true]);
  });
});
