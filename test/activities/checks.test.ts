import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { runChecks } from '../../src/activities/checks';
import type { CheckInput } from '../../src/contracts/activities';
import type { CheckResult } from '../../src/domain/readiness';
import { RetryableError, TerminalError } from '../../src/ports';
import { plan, POLICY } from '../domain/rollback/support/fixtures';

/** What a dry run of `eu` comes to that ends with that error. */
async function dryRunThat(fails: Error): Promise<CheckResult | undefined> {
  const context = { cancellationSignal: new AbortController().signal } as unknown as Context;
  const target = { check: () => Promise.reject(fails) };
  const deps = { adapters: { target: () => target } } as unknown as ActivityDependencies;
  const input = {
    ref: { environment: 'prod', service: 'checkout' },
    policy: { ...POLICY, checks: [] },
    plan: { ...plan(), extent: ['eu'] },
    fromRevision: 'v42',
    toRevision: 'v41',
    releases: [],
    quarantined: [],
    now: 0,
  } as unknown as CheckInput;
  const results = await asyncLocalStorage.run(context, () => runChecks(deps, input, {}));
  return results.find(({ check }) => check === 'dry run');
}

describe('a dry run that could not be made', () => {
  it('sends people to what the target says where trying again as it is cannot help', async () => {
    const denied = new TerminalError('TARGET_UNAUTHORIZED', 'eu: cannot patch deployments: give it that right');
    expect(await dryRunThat(denied)).toMatchObject({
      status: 'unknown',
      evidence: 'eu: cannot patch deployments: give it that right',
      fix: 'see to what eu says, then retry',
    });
  });

  it('asks to make it reachable where it was not reached', async () => {
    const silent = new RetryableError('TARGET_UNREACHABLE', 'eu: no answer');
    expect(await dryRunThat(silent)).toMatchObject({ status: 'unknown', fix: 'make eu reachable, then retry' });
  });
});
