import { rehearsalOf } from '../../src/domain/simulation';
import { plan, POLICY } from '../domain/rollback/support/fixtures';
import { FakeDoor, say } from './support/fake-cli';

describe('the outlook of a plan', () => {
  it('says what it is expected to do at the traffic that was measured', async () => {
    const door = new FakeDoor();
    const targets = plan().extent.map((target) => ({ target, requests: 6_000, bad: 300 }));
    const rehearsal = rehearsalOf(
      {
        ...POLICY,
        timing: { ...POLICY.timing, intervalMs: 10_000, longestBakeMs: 600_000, noDataMs: 180_000, quietMs: 60_000 },
      },
      plan(),
    );
    door.previewed = { kind: 'plan', plan: plan(), checks: [], rehearsal, traffic: { windowMs: 60_000, targets } };
    const { out } = await say(['plan', 'prod/checkout'], { door });
    expect(out).toMatch(/60 simulated runs at 200 requests a second, of which 5 % fail on v42/);
    expect(out).toMatch(/60 come to full relief by themselves.*; wrong halt in 0\n/);
    expect(out).toMatch(
      /v42 serves about [\d,]+ requests meanwhile \(exposed; in one jump 1,000, doing nothing [\d,]+\), and about [\d,]+ requests fail/,
    );
    expect(out).toMatch(/phases take about \d+ s/);
    expect(out).toContain('a first share of 50 % instead of 25 % would be judged');
  });
});
