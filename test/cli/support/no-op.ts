import { createAdapters, resolveSecret } from '../../../src/adapters';
import { weightOf } from '../../../src/domain/plan/census';
import { NOW } from '../../domain/report/support/views';
import { testDependencies } from '../../adapters/support/dependencies';
import { made, shift, soon } from '../../contract/target-requests';
import { Consulting, doorOf } from './doctor';

/** What is tried on a target that serves v42, and v41 at `share` percent. */
export interface NoOp {
  /** Its part of the policy file. */
  readonly stanza: { readonly type: string };
  readonly share: number;
  /** How people read that share. */
  readonly says: string;
  /** All of the target that may not change, the number of the last effect left out. */
  readonly read: () => Promise<unknown>;
  /** Variables of the environment that the stanza refers to. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/**
 * Has `doctor --try-shift` try a target after a rollback of it has ended. Expects that it says so, that the target itself
 * is afterwards what it was, and that the next rollback is not in its way, while a late effect of the one before still is.
 */
export async function expectHarmless({ stanza, share, says, read, secrets = {} }: NoOp): Promise<void> {
  const consulting = new Consulting();
  Object.assign(process.env, secrets);
  try {
    consulting.write(stanza);
    const adapter = { ...stanza };
    const target = createAdapters({ ...testDependencies(), resolveSecret }).target({ name: 'eu', labels: {}, adapter });
    const [started, ended] = [NOW - 120_000, NOW - 60_000];
    const before = await read();
    const door = doorOf(ended);
    const examined = await consulting.ask(door, 'prod/checkout');
    expect(examined('target eu')).toMatchObject({ state: 'ok', seen: expect.stringContaining('v42') });
    expect(examined('dry run eu')).toMatchObject({ state: 'ok', seen: expect.stringContaining('v42 → v41') });
    expect(await read()).toEqual(before);

    const tried = (await consulting.ask(door, 'prod/checkout', '--try-shift'))('try eu');
    expect(tried).toMatchObject({
      state: 'ok',
      seen: `took a shift to what it serves, v41 ${says}, and nothing moved`,
    });
    expect(await read()).toEqual(before);
    expect(weightOf(await target.observe(soon()), 'v41')).toBe(share);

    const desired = share === 100 ? 0 : 100;
    const late = shift({ epoch: started, number: 10, desired, expected: share });
    expect((await target.shift(late, soon())).outcome).toBe('conflict');
    expect(await read()).toEqual(before);
    const next = shift({ epoch: ended, number: 1, desired, expected: share });
    await made(() => target.shift(next, soon()));
    expect(weightOf(await target.observe(soon()), 'v41')).toBe(desired);
  } finally {
    for (const name of Object.keys(secrets)) delete process.env[name];
    consulting.close();
  }
}
