import type { CheckContext, ReadinessCheck } from '../../src/ports';

/** What a check is asked about in tests. */
export const CONTEXT: CheckContext = {
  environment: 'prod',
  service: 'checkout',
  revision: { from: 'v42', to: 'v41' },
  targets: ['eu', 'us'],
};

/** What every `ReadinessCheck` promises; `unknown` is left out where there is nothing to find out. */
export function describeReadinessCheck(suite: {
  readonly name: string;
  readonly create: (
    wanted: 'pass' | 'block' | 'unknown',
  ) => Promise<{ check: ReadinessCheck; readonly close: () => Promise<void> }>;
  readonly outcomes: readonly ('pass' | 'block' | 'unknown')[];
}): void {
  describe(`${suite.name} as a readiness check`, () => {
    it.each(suite.outcomes)('says %s, with what was seen, and how to mend it unless it passed', async (wanted) => {
      const { check, close } = await suite.create(wanted);
      const result = await check.run(CONTEXT, AbortSignal.timeout(5_000));
      expect(result).toMatchObject({
        status: wanted,
        evidence: expect.stringMatching(/\S/),
        check: expect.any(String),
      });
      expect(result.fix === undefined).toBe(wanted === 'pass');
      await close();
    });
    it('answers the same when asked again', async () => {
      const { check, close } = await suite.create('block');
      const first = await check.run(CONTEXT, AbortSignal.timeout(5_000));
      expect(await check.run(CONTEXT, AbortSignal.timeout(5_000))).toEqual(first);
      await close();
    });
  });
}
