import { z } from 'zod';
import { countedSince } from '../../domain/judge';
import type { MetricReading, SeriesReading, StratumReading } from '../../domain/judge/sample';
import { limitedTo, RetryableError, TerminalError, unreadableBy } from '../../ports';
import type { History, LabelValues, MetricProvider, MetricQuery, Added, Sliced, Window } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { urlField } from '../fields';
import { withoutSecrets } from '../http';
import { metricKind } from '../kinds';
import { ask, demandFew } from './asking';
import { byValue, countersShape, countsOf, demandRequests, isOf, measuresOneThing, selectorsOf } from './counters';
import { underTheirRevisions } from './known-as';
import { startShape } from './process-starts';
import { parseMetricText } from './text-format';
import type { MetricLine } from './text-format';

/** Scrapes the targets' own metrics pages: no metric store needed. */
export const openmetricsSchema = z
  .strictObject({
    type: z.literal('openmetrics'),
    endpoints: z.record(z.string(), urlField).describe('metrics page of each target'),
    ...countersShape,
    ...startShape,
    timeoutMs: z.number().int().min(100).max(5000).default(2000),
  })
  .superRefine(measuresOneThing);

/** Configuration of an `openmetrics` provider. */
export type OpenmetricsConfig = z.infer<typeof openmetricsSchema>;

const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';

/** Reads cumulative counters straight from the targets. A page that cannot be read is a missing stratum. */
export class OpenmetricsProvider implements MetricProvider, Sliced {
  private readonly config: OpenmetricsConfig;
  private readonly deps: AdapterDependencies;

  constructor(config: OpenmetricsConfig, deps: AdapterDependencies) {
    this.config = config;
    this.deps = deps;
  }

  delayMs(): number {
    return 0;
  }

  async collect(query: MetricQuery, at: number, signal: AbortSignal): Promise<MetricReading> {
    this.demandEndpoints(query.targets);
    const read = await Promise.allSettled(query.targets.map((target) => this.stratum(target, query, at, signal)));
    const failed = read.filter((entry) => entry.status === 'rejected');
    if (failed.length > 0 && failed.length === read.length) throw failed[0]?.reason;
    const strata = read.map((entry, index): StratumReading => {
      const target = query.targets[index] ?? '';
      if (entry.status === 'fulfilled') return entry.value;
      this.deps.log.info({ target, error: String(entry.reason) }, 'a metrics page could not be read');
      return { target, current: [], stable: [] };
    });
    const unread = read.flatMap((entry, index) => {
      const target = query.targets[index];
      return entry.status === 'rejected' && target !== undefined ? [{ target, ...unreadableBy(entry.reason) }] : [];
    });
    return { at, strata, ...(unread.length > 0 ? { unread } : {}) };
  }

  async history(): Promise<History> {
    return { kind: 'unavailable', because: 'a metrics page knows only the present' };
  }

  /** One page that cannot be read makes all of it unreadable: its target would look like one without failures. */
  async slices(query: MetricQuery, label: string, _window: Window, signal: AbortSignal): Promise<LabelValues> {
    demandRequests(this.config);
    this.demandEndpoints(query.targets);
    const pages = await Promise.all(query.targets.map((target) => this.page(target, query, signal)));
    const names = [...new Set(pages.flatMap(({ own }) => [...byValue(own, label).keys()]))];
    const values = names.flatMap((value) => {
      const cohort = (revision: string): readonly [Added] => [
        countedSince(pages.flatMap(({ own }) => countsOf(this.config, byValue(own, label).get(value) ?? [], revision))),
      ];
      const [current, stable] = [cohort(query.current), cohort(query.stable)];
      return current[0].requests + stable[0].requests > 0 ? [{ value, current, stable }] : [];
    });
    return { covers: 'since-start', values };
  }

  private demandEndpoints(targets: readonly string[]): void {
    const missing = targets.find((target) => !Object.hasOwn(this.config.endpoints, target));
    if (missing !== undefined)
      throw new TerminalError('METRICS_MISCONFIGURED', `no endpoint for target ${missing} in "endpoints"`);
  }

  private async stratum(target: string, query: MetricQuery, at: number, signal: AbortSignal): Promise<StratumReading> {
    const { own, start } = await this.page(target, query, signal);
    const cohort = (revision: string): readonly SeriesReading[] =>
      // The counts are at least as new as the question, so that is the time they can be trusted to have.
      countsOf(this.config, own, revision).map((counts) => ({ at, ...counts, ...start }));
    return { target, current: cohort(query.current), stable: cohort(query.stable) };
  }

  private async page(
    target: string,
    query: MetricQuery,
    signal: AbortSignal,
  ): Promise<{ readonly own: readonly MetricLine[]; readonly start: { readonly startedAt?: number } }> {
    const url = this.config.endpoints[target] ?? '';
    const signalOfAll = limitedTo(signal, this.config.timeoutMs);
    const answer = await ask(url, { headers: { accept: ACCEPT }, signal: signalOfAll });
    if (answer.status !== 200)
      throw new RetryableError('METRICS_UNREACHABLE', `${withoutSecrets(url)} answered ${answer.status}`);
    const isOpenMetrics = answer.headers.get('content-type')?.includes('application/openmetrics-text') ?? false;
    const text = parseMetricText(answer.body, isOpenMetrics);
    if (!text.ok) throw new RetryableError('METRICS_UNREADABLE', `${withoutSecrets(url)}: ${text.because}`);
    const own = text.lines.filter(({ labels }) => isOf(this.config, target, labels));
    const counted = new Set(selectorsOf(this.config).map(({ name }) => name));
    demandFew(withoutSecrets(url), own.filter(({ name }) => counted.has(name)).length);
    return {
      own: underTheirRevisions(this.config, query, target, own),
      start: startOf(text.lines, this.config.startTime),
    };
  }
}

/** When the page's process started; a page that shows several processes says nothing about any of them. */
function startOf(lines: readonly MetricLine[], gauge: string | false): { readonly startedAt?: number } {
  const [start, ...others] = lines.filter((line) => line.name === gauge);
  return start && others.length === 0 && Number.isFinite(start.value)
    ? { startedAt: Math.round(start.value * 1000) }
    : {};
}

/** What processes say of themselves. */
export const openmetrics = metricKind(openmetricsSchema, (config, deps) => new OpenmetricsProvider(config, deps));
