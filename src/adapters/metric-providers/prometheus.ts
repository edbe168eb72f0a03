import { z } from 'zod';
import type { Sample, SeriesReading } from '../../domain/judge/sample';
import { limitedTo, TerminalError } from '../../ports';
import type { History, LabelValues, MetricProvider, MetricQuery, Sliced, Window } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { labelsField, secretField, urlField } from '../fields';
import { metricKind } from '../kinds';
import { countersShape, demandRequests, measuresOneThing, patternOf, selectorsOf } from './counters';
import type { Selector } from './counters';
import { namesOf, underTheirRevisions } from './known-as';
import { pastOf } from './past';
import { queryPrometheus } from './prometheus-api';
import { looksOver, readingsAt, STARTS_UNKNOWN } from './point-series';
import type { PointSeries, StartOf } from './point-series';
import { valuesOver } from './point-slices';
import { startShape, startsIn, youngIn } from './process-starts';

/** Reads counters from Prometheus, or from anything that answers its query API: Thanos, Mimir, VictoriaMetrics. */
export const prometheusSchema = z
  .strictObject({
    type: z.literal('prometheus'),
    url: urlField.describe('where its API is, without /api/v1'),
    token: secretField.optional().describe('bearer token'),
    tenant: z.string().min(1).optional().describe('tenant of a shared store (X-Scope-OrgID)'),
    targets: z.record(z.string(), labelsField).optional().describe('labels of each target, instead of targetLabel'),
    ...countersShape,
    ...startShape,
    delayMs: z
      .number()
      .int()
      .min(0)
      .max(600_000)
      .default(0)
      .describe('how long its points take to come into view; needed above half an interval alone'),
    timeoutMs: z.number().int().min(100).max(5000).default(4000),
  })
  .superRefine(measuresOneThing);

/** Configuration of a `prometheus` provider. */
export type PrometheusConfig = z.infer<typeof prometheusSchema>;

/** Two scrapes a minute apart are within it, and so is the last scrape of most stores. */
const WINDOW_MS = 150_000;

/**
 * Reads raw points with the timestamps of their scrapes, never `rate()`: that extrapolates, gives fractions, and loses
 * the first failure of a new series. Each process is read as of the last scrape that all its series were in.
 */
export class PrometheusProvider implements MetricProvider, Sliced {
  private readonly config: PrometheusConfig;
  private readonly deps: AdapterDependencies;

  constructor(config: PrometheusConfig, deps: AdapterDependencies) {
    this.config = config;
    this.deps = deps;
  }

  delayMs(): number {
    return this.config.delayMs;
  }

  async collect(query: MetricQuery, at: number, signal: AbortSignal): Promise<Sample> {
    const series = await this.read(query, [query.current, query.stable], at, WINDOW_MS, signal);
    const startOf = await this.starts(series, at, signal);
    const targets = this.byTarget(query, series);
    const strata = query.targets.map((target, index) => {
      const own = targets[index] ?? [];
      const cohort = (revision: string): readonly SeriesReading[] =>
        readingsAt(this.config, own, revision, at, startOf);
      return { target, current: cohort(query.current), stable: cohort(query.stable) };
    });
    return { at, strata };
  }

  async history(query: MetricQuery, from: number, to: number, stepMs: number, signal: AbortSignal): Promise<History> {
    const series = await this.read(query, [query.current], to, to - from + WINDOW_MS, signal);
    return pastOf(looksOver(this.config, this.byTarget(query, series), query.current, { from, to, stepMs }), WINDOW_MS);
  }

  async slices(query: MetricQuery, label: string, window: Window, signal: AbortSignal): Promise<LabelValues> {
    demandRequests(this.config);
    const { from, to } = window;
    const series = await this.read(query, [query.current, query.stable], to, to - from + WINDOW_MS, signal);
    const byTarget = (own: readonly PointSeries[]): readonly (readonly PointSeries[])[] => this.byTarget(query, own);
    return valuesOver(this.config, series, byTarget, { query, label, window }, WINDOW_MS);
  }

  private byTarget(query: MetricQuery, series: readonly PointSeries[]): readonly (readonly PointSeries[])[] {
    return query.targets.map((target) => {
      const own = series.filter(({ labels }) => this.isOf(target, labels));
      return underTheirRevisions(this.config, query, target, own);
    });
  }

  /** All series that are measured, once: of a metric whose name is the same, the requests hold the bad ones. */
  private async read(
    query: MetricQuery,
    revisions: readonly string[],
    at: number,
    windowMs: number,
    signal: AbortSignal,
  ): Promise<readonly PointSeries[]> {
    this.demandTargets(query.targets);
    const names = namesOf(query, revisions);
    const expressions = selectorsOf(this.config).map((selector) => this.expression(selector, names, windowMs));
    return withoutRepeats((await this.ask(expressions, at, signal)).flat());
  }

  /**
   * When the processes began that the store has not shown for all of the window; only they can be younger than a phase
   * which looks at them. Nothing is known where it does not say, and then their first counts are no more than a baseline.
   */
  private async starts(series: readonly PointSeries[], at: number, signal: AbortSignal): Promise<StartOf> {
    const { startTime, gauge } = this.config;
    if (startTime === false || gauge) return STARTS_UNKNOWN;
    const young = youngIn(this.config, series, at - WINDOW_MS);
    if (young.length === 0) return STARTS_UNKNOWN;
    const matchers = this.config.instanceLabels.map((label) => {
      const values = new Set(young.map((labels) => labels[label] ?? ''));
      return `${label}=~${quoted([...values].map(literally).join('|'))}`;
    });
    try {
      const expression = rangeOf([`__name__=${quoted(startTime)}`, ...matchers], WINDOW_MS);
      return startsIn(this.config, (await this.ask([expression], at, signal)).flat());
    } catch (error) {
      this.deps.log.info({ error: String(error) }, 'when processes began could not be read');
      return STARTS_UNKNOWN;
    }
  }

  private ask(
    expressions: readonly string[],
    at: number,
    signal: AbortSignal,
  ): Promise<readonly (readonly PointSeries[])[]> {
    const { url, token, tenant, timeoutMs } = this.config;
    const bearer = token === undefined ? undefined : this.deps.resolveSecret(token);
    const secrets = bearer === undefined ? [] : [bearer];
    const headers = {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
    };
    const limit = limitedTo(signal, timeoutMs);
    return Promise.all(
      expressions.map((expression) => queryPrometheus({ url, headers, secrets, expression, at }, limit)),
    );
  }

  private expression({ name, labels }: Selector, revisions: readonly string[], windowMs: number): string {
    const matchers = [
      `__name__=${quoted(name)}`,
      `${this.config.revisionLabel}=~${quoted(revisions.map(literally).join('|'))}`,
      ...Object.entries(labels).map(([label, wanted]) => matcher(label, wanted)),
    ];
    return rangeOf(matchers, windowMs);
  }

  private isOf(target: string, labels: Readonly<Record<string, string>>): boolean {
    const { targets, targetLabel } = this.config;
    const own = targets?.[target];
    if (own) return Object.entries(own).every(([label, value]) => labels[label] === value);
    return targetLabel === undefined || labels[targetLabel] === target;
  }

  /** Counting everything for each of several targets would be wrong for all of them. */
  private demandTargets(asked: readonly string[]): void {
    const { targets, targetLabel } = this.config;
    const unknown = asked.find((target) => targets !== undefined && !Object.hasOwn(targets, target));
    if (unknown !== undefined)
      throw new TerminalError('METRICS_MISCONFIGURED', `no labels for target ${unknown} in "targets"`);
    if (targets === undefined && targetLabel === undefined && asked.length > 1)
      throw new TerminalError(
        'METRICS_MISCONFIGURED',
        `"targetLabel" or "targets" has to tell ${asked.join(' and ')} apart`,
      );
  }
}

function rangeOf(matchers: readonly string[], windowMs: number): string {
  return `{${matchers.join(',')}}[${Math.ceil(windowMs / 1000)}s]`;
}

function matcher(label: string, wanted: string): string {
  const pattern = patternOf(wanted);
  return pattern === undefined ? `${label}=${quoted(wanted)}` : `${label}=~${quoted(pattern)}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Bad ones that are requests of the same name come twice. */
function withoutRepeats(series: readonly PointSeries[]): readonly PointSeries[] {
  return [...new Map(series.map((each) => [each.identity, each])).values()];
}

/** A Prometheus, or what answers like one. */
export const prometheus = metricKind(prometheusSchema, (config, deps) => new PrometheusProvider(config, deps));
