import { z } from 'zod';
import type { Sample, SeriesReading, StratumReading } from '../../domain/judge/sample';
import { RetryableError, TerminalError } from '../../ports';
import type { History, MetricProvider, MetricQuery } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { labelsField, urlField } from '../fields';
import { exchange, withoutSecrets } from '../http';
import { parseMetricText } from './text-format';
import type { MetricLine } from './text-format';

const PATTERN = /^\/(.*)\/$/;
const matchersField = labelsField.refine((labels) => Object.values(labels).every(isReadablePattern), {
  message: 'a value in slashes must be a regular expression',
});

const counterSchema = z.strictObject({
  name: z.string().min(1).describe('name of a counter'),
  labels: matchersField.optional().describe('exact values, or /regular expressions/'),
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
  instanceLabels: z
    .array(z.string())
    .default(['instance', 'pod'])
    .describe('labels that tell processes apart, which restart each on its own'),
  requests: counterSchema.optional().describe('all requests; not needed for a latency metric'),
  bad: z.union([counterSchema, slowSchema]).describe('the bad ones among them'),
  timeoutMs: z.number().int().min(100).max(5000).default(2000),
});

/** Configuration of an `openmetrics` provider. */
export type OpenmetricsConfig = z.infer<typeof openmetricsSchema>;

const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
const PROCESS_START = 'process_start_time_seconds';

/** Reads cumulative counters straight from the targets. A page that cannot be read is a missing stratum. */
export class OpenmetricsProvider implements MetricProvider {
  private readonly config: OpenmetricsConfig;
  private readonly deps: AdapterDependencies;

  constructor(config: OpenmetricsConfig, deps: AdapterDependencies) {
    this.config = config;
    this.deps = deps;
  }

  delayMs(): number {
    return 0;
  }

  async collect(query: MetricQuery, at: number, signal: AbortSignal): Promise<Sample> {
    const missing = query.targets.find((target) => !Object.hasOwn(this.config.endpoints, target));
    if (missing !== undefined)
      throw new TerminalError('METRICS_MISCONFIGURED', `no endpoint for target ${missing} in "endpoints"`);
    const read = await Promise.allSettled(query.targets.map((target) => this.stratum(target, query, at, signal)));
    const failed = read.filter((entry) => entry.status === 'rejected');
    if (failed.length > 0 && failed.length === read.length) throw failed[0]?.reason;
    const strata = read.map((entry, index): StratumReading => {
      const target = query.targets[index] ?? '';
      if (entry.status === 'fulfilled') return entry.value;
      this.deps.log.info({ target, error: String(entry.reason) }, 'a metrics page could not be read');
      return { target, current: [], stable: [] };
    });
    return { at, strata };
  }

  async history(): Promise<History> {
    return { kind: 'unavailable', because: 'a metrics page knows only the present' };
  }

  private async stratum(target: string, query: MetricQuery, at: number, signal: AbortSignal): Promise<StratumReading> {
    const url = this.config.endpoints[target] ?? '';
    const signalOfAll = AbortSignal.any([signal, AbortSignal.timeout(this.config.timeoutMs)]);
    const answer = await exchange(url, { headers: { accept: ACCEPT }, signal: signalOfAll }, 'METRICS_UNREACHABLE');
    if (answer.status !== 200)
      throw new RetryableError('METRICS_UNREACHABLE', `${withoutSecrets(url)} answered ${answer.status}`);
    const isOpenMetrics = answer.headers.get('content-type')?.includes('application/openmetrics-text') ?? false;
    const text = parseMetricText(answer.body, isOpenMetrics);
    if (!text.ok) throw new RetryableError('METRICS_UNREADABLE', `${withoutSecrets(url)}: ${text.because}`);
    const own = text.lines.filter(({ labels }) => this.isOf(target, labels));
    const start = startOf(text.lines);
    const cohort = (revision: string): readonly SeriesReading[] =>
      // The counts are at least as new as the question, so that is the time they can be trusted to have.
      this.cohort(own, revision).map((counts) => ({ at, ...counts, ...start }));
    return { target, current: cohort(query.current), stable: cohort(query.stable) };
  }

  private isOf(target: string, labels: Labels): boolean {
    const { targetLabel } = this.config;
    return targetLabel === undefined || labels[targetLabel] === undefined || labels[targetLabel] === target;
  }

  /** One summed series per process; a count that is no number makes its series missing, not smaller. */
  private cohort(lines: readonly MetricLine[], revision: string): readonly Counts[] {
    const own = lines.filter(({ labels }) => labels[this.config.revisionLabel] === revision);
    const requests = this.byProcess(this.requestLines(own));
    const subtracted = this.byProcess(this.subtractedLines(own));
    const orphan = [...subtracted.keys()].find((process) => !requests.has(process));
    if (orphan !== undefined)
      throw new RetryableError('METRICS_UNREADABLE', `bad events of ${revision} without its requests (${orphan})`);
    return [...requests].flatMap(([process, total]) => {
      const part = subtracted.get(process) ?? [];
      const bad = 'slowerThan' in this.config.bad ? sum(total) - sum(part) : sum(part);
      const counts = { series: `${revision}${process}`, requests: sum(total), bad, ...stampOf([...total, ...part]) };
      return Number.isFinite(counts.requests) && Number.isFinite(bad) ? [counts] : [];
    });
  }

  private requestLines(lines: readonly MetricLine[]): readonly MetricLine[] {
    const { bad, requests } = this.config;
    if ('slowerThan' in bad) return select(lines, `${bad.slowerThan.histogram}_count`);
    if (requests) return select(lines, requests.name, requests.labels);
    throw new TerminalError('METRICS_MISCONFIGURED', '"requests" is needed beside a "bad" that is a counter');
  }

  /** The bad ones, or those that were fast enough. */
  private subtractedLines(lines: readonly MetricLine[]): readonly MetricLine[] {
    const { bad } = this.config;
    if (!('slowerThan' in bad)) return select(lines, bad.name, bad.labels);
    const { histogram, boundSeconds } = bad.slowerThan;
    const buckets = select(lines, `${histogram}_bucket`);
    const fast = buckets.filter(({ labels }) => Number(labels['le']) === boundSeconds);
    if (buckets.length === 0 || fast.length > 0) return fast;
    const bounds = [...new Set(buckets.map(({ labels }) => labels['le']))].join(', ');
    // Without the bucket every request would count as slow.
    throw new TerminalError(
      'METRICS_MISCONFIGURED',
      `${histogram} has no bucket of ${boundSeconds} s; it has ${bounds}`,
    );
  }

  private byProcess(lines: readonly MetricLine[]): ReadonlyMap<string, readonly MetricLine[]> {
    const groups = new Map<string, MetricLine[]>();
    for (const line of lines) {
      const process = this.config.instanceLabels
        .flatMap((name) => (line.labels[name] === undefined ? [] : [`/${name}=${line.labels[name]}`]))
        .join('');
      groups.set(process, [...(groups.get(process) ?? []), line]);
    }
    return groups;
  }
}

type Labels = Readonly<Record<string, string>>;
type Counts = Omit<SeriesReading, 'at'> & { readonly at?: number };

function select(lines: readonly MetricLine[], name: string, labels: Labels = {}): readonly MetricLine[] {
  return lines.filter(
    (line) =>
      line.name === name && Object.entries(labels).every(([label, wanted]) => matches(line.labels[label], wanted)),
  );
}

function matches(value: string | undefined, wanted: string): boolean {
  if (value === undefined) return false;
  const pattern = PATTERN.exec(wanted)?.[1];
  return pattern === undefined ? value === wanted : new RegExp(`^(?:${pattern})$`).test(value);
}

function isReadablePattern(wanted: string): boolean {
  const pattern = PATTERN.exec(wanted)?.[1];
  try {
    return pattern === undefined || new RegExp(`^(?:${pattern})$`) instanceof RegExp;
  } catch {
    return false;
  }
}

/** A negative count is no count. */
function sum(lines: readonly MetricLine[]): number {
  return lines.reduce((total, line) => total + (line.value < 0 ? Number.NaN : line.value), 0);
}

/** The oldest of the lines' own timestamps: the sum is not newer than that. */
function stampOf(lines: readonly MetricLine[]): { readonly at?: number } {
  const stamps = lines.flatMap((line) => (line.at === undefined ? [] : [line.at]));
  return stamps.length > 0 ? { at: Math.min(...stamps) } : {};
}

/** When the page's process started; a page that shows several processes says nothing about any of them. */
function startOf(lines: readonly MetricLine[]): { readonly startedAt?: number } {
  const [start, ...others] = lines.filter((line) => line.name === PROCESS_START);
  return start && others.length === 0 && Number.isFinite(start.value) ? { startedAt: start.value * 1000 } : {};
}
