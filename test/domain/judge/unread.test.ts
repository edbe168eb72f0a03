import { judge, openJudge, unreadLately, tellingUnread } from '../../../src/domain/judge';
import type { Unread, Verdict } from '../../../src/domain/judge';
import { settings, START } from './support';

const URL = 'http://prometheus:9090/api/v1/query';

const unread = (change: Partial<Unread> = {}): Unread => ({
  metric: 'errors',
  code: 'METRICS_UNREACHABLE',
  because: `${URL}: no answer in time`,
  at: START,
  ...change,
});

const lacking = (change: Partial<Verdict> = {}): Verdict => ({
  ...judge(openJudge(settings())),
  reason: 'NO_DATA',
  escalate: true,
  text: 'no usable metrics for 180 s; approve goes on unproven',
  ...change,
});

describe('what is asked for want of data', () => {
  it('says why the source could not be read, by code and sentence, and what leads out of that', () => {
    expect(tellingUnread(lacking(), [unread()], 'errors').text).toBe(
      `no usable metrics for 180 s; approve goes on unproven; errors could not be read: ${URL}: no answer in time (METRICS_UNREACHABLE); see that it runs, that workers can reach it, and that it may be asked so often`,
    );
  });

  it.each([
    [
      'METRICS_TOO_LARGE',
      'make it fewer: narrow the selectors',
      /make it fewer: narrow the selectors \(METRICS_TOO_LARGE\)$/,
    ],
    ['METRICS_UNREADABLE', 'a replica is missing', /its own log says more/],
    ['METRICS_MISCONFIGURED', `${URL} answered 401`, /correct the metric in the policy file/],
    ['SECRET_MISSING', 'PROM_TOKEN is not set', /give the secret to the workers/],
    ['UNEXPECTED', 'TypeError', /log of the workers/],
  ] as const)('names the way out of %s', (code, because, says) => {
    expect(tellingUnread(lacking(), [unread({ code, because })], 'errors').text).toMatch(says);
  });

  it.each([
    ['the symptom', {}, ['errors', 'errors of us', 'errors of eu']],
    ['the guardrail that is missing', { guardrail: 'latency' }, ['latency']],
    ['the target that is silent', { target: 'us' }, ['errors', 'errors of us']],
  ])('tells of %s alone', (_what, change, told) => {
    const all = [
      unread(),
      unread({ target: 'us' }),
      unread({ target: 'eu' }),
      unread({ metric: 'latency' }),
      unread({ metric: 'cpu' }),
    ];
    const { text } = tellingUnread(lacking(change), all, 'errors');
    expect([...text.matchAll(/; ([^;]*) could not be read/g)].map(([, what]) => what)).toEqual(told);
  });

  it('tells the same of data that are poor, and says nothing where counters are read and stand still', () => {
    expect(tellingUnread(lacking({ reason: 'DATA_POOR' }), [unread()], 'errors').text).toContain('could not be read');
    const still = lacking({ reason: 'NO_TRAFFIC' });
    expect(tellingUnread(still, [unread()], 'errors')).toBe(still);
    expect(tellingUnread(lacking(), [], 'errors').text).toBe(lacking().text);
  });

  it('names three reasons of many', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((target) => unread({ target }));
    const { text } = tellingUnread(lacking(), many, 'errors');
    expect(text.match(/could not be read/g)).toHaveLength(3);
    expect(text).toContain('; and 2 more; see that it runs');
  });
});

describe('reasons that are remembered', () => {
  it('are the newest of each metric and target, and none that is older than what is missed', () => {
    const known = [unread({ because: 'before', at: START }), unread({ metric: 'latency', at: START - 1 })];
    const look = [unread({ because: 'now', at: START + 10 }), unread({ target: 'us', at: START + 10 })];
    expect(unreadLately(known, look, START)).toEqual([
      unread({ because: 'now', at: START + 10 }),
      unread({ target: 'us', at: START + 10 }),
    ]);
    expect(unreadLately(known, [], START)).toEqual([unread({ because: 'before', at: START })]);
  });

  it('stay few and short, for every heartbeat carries them', () => {
    const look = Array.from({ length: 50 }, (_, index) => unread({ target: `t${index}`, because: 'x'.repeat(2_000) }));
    const kept = unreadLately([], look, START);
    expect(kept).toHaveLength(10);
    expect(JSON.stringify(kept).length).toBeLessThan(6_000);
    expect(unreadLately(kept, look, START)).toEqual(kept);
  });
});
