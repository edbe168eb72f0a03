import { z } from 'zod';
import type { Sample, SeriesReading, StratumReading } from '../../domain/judge/sample';
import { RetryableError } from '../../ports';
import type { History, MetricProvider, MetricQuery } from '../../ports';
import { labelsField, urlField } from '../fields';
import { exchange, withoutSecrets } from '../http';
import { parseMetricText } from './text-format';
import type { MetricLine } from './text-format';

const counterSchema = z.strictObject({
  name: z.string().min(1).describe('name of a counter'),
  labels: labelsField.optional().describe('exact values, or /regular expressions/'),
});
const slowSchema = z.strictObject({
  slowerThan: z.strictObject({ histogram: z.string().min(1), boundSeconds: z.number().positive() }),
});

/** Scrapes the targets' own metrics pages: no metric store needed. */
export const openmetricsSchema = z.strictObject({
  type: z.literal('openmetrics'),
  endpoints: z.record(z.string(), urlField).describe('metrics page of each target'),
  revisionLabel: z.string().default('revision').describe('label that names the revision'),
  targetLabel: z.string().optional().describe('label that names the target, where one page shows several'),
  requests: counterSchema.optional().describe('all requests; not needed for a latency metric'),
  bad: z.union([counterSchema, slowSchema]).describe('the bad ones among them'),
  timeoutMs: z.number().int().min(100).max(5000).default(2000),
});

/** Configuration of an `openmetrics` provider. */
export type OpenmetricsConfig = z.infer<typeof openmetricsSchema>;

const PROCESS_START = 'process_start_time_seconds';

/** Reads cumulative counters straight from the targets. A page that cannot be read is a missing stratum. */
export class OpenmetricsProvider implements MetricProvider {
  private readonly config: OpenmetricsConfig;
  private readonly now: () => number;

  constructor(config: OpenmetricsConfig, now: () => number) {
    this.config = config;
    this.now = now;
  }

  delayMs(): number {
    return 0;
  }

  async collect(query: MetricQuery, _at: number, signal: AbortSignal): Promise<Sample> {
    const read = await Promise.allSettled(query.targets.map((target) => this.stratum(target, query, signal)));
    const failed = read.filter((entry) => entry.status === 'rejected');
    if (failed.length > 0 && failed.length === read.length) throw failed[0]?.reason;
    const strata = read.map((entry, index): StratumReading => {
      const target = query.targets[index] ?? '';
      return entry.status === 'fulfilled' ? entry.value : { target, current: [], stable: [] };
    });
    return { at: this.now(), strata };
  }

  async history(): Promise<History> {
    return { kind: 'unavailable', because: 'a metrics page knows only the present' };
  }

  private async stratum(target: string, query: MetricQuery, signal: AbortSignal): Promise<StratumReading> {
    const url = this.config.endpoints[target];
    if (url === undefined) throw new RetryableError('METRICS_MISCONFIGURED', `no endpoint for target ${target}`);
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(this.config.timeoutMs)]);
    const answer = await exchange(url, { signal: bounded }, 'METRICS_UNREACHABLE');
    if (answer.status !== 200)
      throw new RetryableError('METRICS_UNREACHABLE', `${withoutSecrets(url)} answered ${answer.status}`);
    const lines = parseMetricText(answer.body);
    const at = this.now();
    const startedAt = startOf(lines);
    const cohort = (revision: string): readonly SeriesReading[] => this.cohort(lines, target, revision, at, startedAt);
    return { target, current: cohort(query.current), stable: cohort(query.stable) };
  }

  /** One summed series per revision; a count that is no number makes the cohort missing, not smaller. */
  private cohort(
    lines: readonly MetricLine[],
    target: string,
    revision: string,
    at: number,
    startedAt: number | undefined,
  ): readonly SeriesReading[] {
    const { revisionLabel, targetLabel, requests, bad } = this.config;
    const own = lines.filter(
      ({ labels }) =>
        labels[revisionLabel] === revision && (targetLabel === undefined || labels[targetLabel] === target),
    );
    const slow = 'slowerThan' in bad ? bad.slowerThan : undefined;
    const total = slow
      ? select(own, `${slow.histogram}_count`)
      : requests
        ? select(own, requests.name, requests.labels)
        : [];
    if (total.length === 0) return [];
    const fast =
      slow && select(own, `${slow.histogram}_bucket`).filter(({ labels }) => Number(labels.le) === slow.boundSeconds);
    const badCount = fast
      ? sum(total) - sum(fast)
      : 'name' in bad
        ? sum(select(own, bad.name, bad.labels))
        : Number.NaN;
    const reading = { series: revision, requests: sum(total), bad: badCount, at: stampOf(total) ?? at };
    if (!Number.isFinite(reading.requests) || !Number.isFinite(reading.bad)) return [];
    return [startedAt === undefined ? reading : { ...reading, startedAt }];
  }
}

function select(
  lines: readonly MetricLine[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): readonly MetricLine[] {
  return lines.filter(
    (line) =>
      line.name === name && Object.entries(labels).every(([label, wanted]) => matches(line.labels[label], wanted)),
  );
}

function matches(value: string | undefined, wanted: string): boolean {
  if (value === undefined) return false;
  const pattern = /^\/(.*)\/$/.exec(wanted)?.[1];
  return pattern === undefined ? value === wanted : new RegExp(`^(?:${pattern})$`).test(value);
}

function sum(lines: readonly MetricLine[]): number {
  return lines.reduce((total, line) => total + line.value, 0);
}

function stampOf(lines: readonly MetricLine[]): number | undefined {
  const stamps = lines.flatMap((line) => (line.at === undefined ? [] : [line.at]));
  return stamps.length > 0 ? Math.max(...stamps) : undefined;
}

function startOf(lines: readonly MetricLine[]): number | undefined {
  const start = lines.find((line) => line.name === PROCESS_START)?.value;
  return start !== undefined && Number.isFinite(start) ? start * 1000 : undefined;
}
