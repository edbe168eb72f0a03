import type { AlertSource, RawDelivery } from '../../src/ports';

/** What every `AlertSource` promises, shown by deliveries in its own format. */
export function describeAlertSource(suite: {
  readonly name: string;
  readonly source: AlertSource;
  /** A true delivery of one firing alert of `checkout`, and of its end. */
  readonly deliver: (status: 'firing' | 'resolved') => RawDelivery;
}): void {
  const { source, deliver } = suite;
  describe(`${suite.name} as an alert source`, () => {
    it('accepts what it was meant to get', () => {
      expect(source.verify(deliver('firing'))).toMatchObject({ ok: true });
    });
    it.each(['firing', 'resolved'] as const)('reads a %s alert with the labels that name its service', (status) => {
      const parsed = source.parse(deliver(status));
      expect(parsed).toMatchObject({ ok: true, alerts: [{ status, labels: { service: 'checkout' } }] });
    });
    it('gives the firing and the resolved alert, and every repeat, one identity', () => {
      const of = (delivery: RawDelivery): unknown => {
        const parsed = source.parse(delivery);
        return parsed.ok && parsed.alerts.map(({ fingerprint, startsAt }) => ({ fingerprint, startsAt }));
      };
      expect(of(deliver('resolved'))).toEqual(of(deliver('firing')));
      expect(of(deliver('firing'))).toEqual([
        { fingerprint: expect.stringMatching(/./), startsAt: expect.any(Number) },
      ]);
    });
    it.each(['', '{', '[]', 'null', '{"alerts":1}', '"\u0000"'])('calls %j unreadable and says where', (text) => {
      const parsed = source.parse({ ...deliver('firing'), body: Buffer.from(text) });
      expect(parsed).toMatchObject({ ok: false });
      expect(parsed.ok ? [] : parsed.problems).not.toHaveLength(0);
    });
  });
}
