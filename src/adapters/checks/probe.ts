import { z } from 'zod';
import type { CheckResult } from '../../domain/readiness/check-result';
import type { CheckContext, ReadinessCheck } from '../../ports';
import { urlField } from '../fields';
import { exchange, withoutSecrets } from '../http';
import { checkKind } from '../kinds';

/** Asks the old revision itself whether it is well. */
export const probeSchema = z.strictObject({
  type: z.literal('probe'),
  url: urlField.describe('health page that only the old revision answers'),
  status: z.number().int().min(100).max(599).default(200),
  contains: z.string().optional().describe('text that the answer must contain'),
  overridable: z.boolean().default(true),
});

/** Configuration of a `probe` check. */
export type ProbeConfig = z.infer<typeof probeSchema>;

/** One GET; no answer is `unknown`, a wrong one a block. */
export class Probe implements ReadinessCheck {
  private readonly config: ProbeConfig;

  constructor(config: ProbeConfig) {
    this.config = config;
  }

  async run(context: CheckContext, signal: AbortSignal): Promise<CheckResult> {
    const { url, status, contains, overridable } = this.config;
    const base = { check: 'probe', overridable };
    const fix = `start ${context.revision.to} where ${withoutSecrets(url)} reaches it, then retry`;
    try {
      const answer = await exchange(url, { signal }, 'TARGET_UNREACHABLE');
      const well = answer.status === status && (contains === undefined || answer.body.includes(contains));
      const evidence = `${withoutSecrets(url)} answered ${answer.status}${contains === undefined || well ? '' : ' without the expected text'}`;
      return well ? { ...base, status: 'pass', evidence } : { ...base, status: 'block', evidence, fix };
    } catch (error) {
      return { ...base, status: 'unknown', evidence: error instanceof Error ? error.message : String(error), fix };
    }
  }
}

/** Asks an address. */
export const probeCheck = checkKind(probeSchema, (config) => new Probe(config));
