import type { MetricReading, SeriesReading } from '../../domain/judge/sample';
import { limitedTo, TerminalError } from '../../ports';
import type { History, MetricProvider, MetricQuery } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { metricKind } from '../kinds';
import { intervalsOf, newestEnd, spanOver, spanToSum, summed } from './bucket-sums';
import type { CountersConfig } from './counters';
import { queryGraphite } from './graphite-api';
import { graphiteSchema, ROLES } from './graphite-config';
import type { GraphiteConfig } from './graphite-config';
import { bucketsOf, demandPair, inBuckets, pairedPoints, processesOf } from './graphite-pairs';
import type { ProcessSeries } from './graphite-pairs';
import { askedPaths, objectionTo, partsOf } from './graphite-parts';
import type { PartSeries } from './graphite-parts';
import { pastOf } from './past';
import { looksOver, readingsAt, spacingOf } from './point-series';

/** What is read, in epoch milliseconds; without the point at `from` itself. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Senders that report once a minute are in view twice. */
const WINDOW_MS = 150_000;

/**
 * Reads raw points of the finest archive. A point stands at the beginning of its step and may change until that is over;
 * what it counts happened before its end, so that only steps which are over are read, as of their beginning.
 */
export class GraphiteProvider implements MetricProvider {
  private readonly config: GraphiteConfig;
  private readonly deps: AdapterDependencies;
  private readonly stepMs: number;
  private readonly viewMs: number;
  private readonly measured: CountersConfig;

  constructor(config: GraphiteConfig, deps: AdapterDependencies) {
    this.config = config;
    this.deps = deps;
    this.stepMs = config.stepSeconds * 1000;
    this.viewMs = Math.max(WINDOW_MS, 2.5 * this.stepMs);
    const parts = ROLES.filter((role) => config[role] !== undefined).map((role) => [role, { name: role }]);
    this.measured = { revisionLabel: 'revision', instanceLabels: ['instance'], ...Object.fromEntries(parts) };
  }

  delayMs(): number {
    return this.stepMs + this.config.delayMs;
  }

  async collect(query: MetricQuery, at: number, signal: AbortSignal): Promise<MetricReading> {
    const { sends } = this.config;
    const until = this.over(at);
    const span = sends === 'counts' ? spanToSum(until, this.stepMs) : { from: until - this.viewMs, to: until };
    const series = await this.read(query, [query.current, query.stable], span, signal);
    const objection = objectionTo(series, this.config, sends === 'counts' ? span.from : Infinity);
    if (objection !== undefined) throw new TerminalError('METRICS_MISCONFIGURED', objection);
    const strata = query.targets.map((target) => {
      const own = series.filter(({ labels }) => labels['target'] === target);
      const cohort = (revision: string) => this.cohort(own, revision, target, span.to);
      return { target, current: cohort(query.current), stable: cohort(query.stable) };
    });
    return { at, strata };
  }

  async history(query: MetricQuery, from: number, to: number, stepMs: number, signal: AbortSignal): Promise<History> {
    const { sends, zeros } = this.config;
    const bucketMs = Math.max(1, Math.ceil(stepMs / this.stepMs)) * this.stepMs;
    const until = this.over(to);
    const span = sends === 'counts' ? spanOver(from, until, bucketMs) : { from: from - this.viewMs, to: until };
    if (span.from >= span.to) return { kind: 'counts', intervals: [] };
    const series = await this.read(query, [query.current], span, signal);
    const objection = objectionTo(series, this.config, Infinity);
    if (objection !== undefined) return { kind: 'unavailable', because: objection };
    const processes = query.targets.flatMap((target) => {
      const own = series.filter(({ labels }) => labels['target'] === target);
      return processesOf(own, query.current, target);
    });
    if (sends === 'counts') {
      const buckets = processes.flatMap((process) => {
        const steps = bucketsOf(process, zeros, this.stepMs);
        return inBuckets(steps, bucketMs, zeros === 'sent' ? bucketMs / this.stepMs : 1);
      });
      return { kind: 'counts', intervals: intervalsOf(buckets) };
    }
    const pairs = processes.map((process) => this.paired(process).series);
    return pastOf(looksOver(this.measured, pairs, query.current, { from, to: until, stepMs }), this.viewMs);
  }

  private async read(
    { targets }: MetricQuery,
    revisions: readonly string[],
    { from, to }: Span,
    signal: AbortSignal,
  ): Promise<readonly PartSeries[]> {
    const { url, token, timeoutMs, replace } = this.config;
    const asked = askedPaths(this.config, targets, revisions);
    const limit = limitedTo(signal, timeoutMs);
    const secret = token === undefined ? {} : { token: this.deps.resolveSecret(token) };
    const paths = [...new Set(asked.map(({ path }) => path))];
    const answered = await queryGraphite({ url, ...secret, paths, from, until: to, now: this.deps.now() }, limit);
    return partsOf(asked, answered, replace);
  }

  /** What one cohort shows, `own` being all series of its target. */
  private cohort(
    own: readonly PartSeries[],
    revision: string,
    target: string,
    until: number,
  ): readonly SeriesReading[] {
    const { sends, zeros, bad } = this.config;
    const processes = processesOf(own, revision, target);
    for (const process of processes) {
      const everyMs = sends === 'counts' ? this.stepMs : (spacingOf(process.series) ?? this.stepMs);
      if (bad !== undefined) demandPair(process, zeros, until, everyMs);
    }
    if (sends !== 'counts')
      return processes.flatMap((process) => readingsAt(this.measured, this.paired(process).series, revision, until));
    return processes.flatMap((process) => {
      const buckets = bucketsOf(process, zeros, this.stepMs);
      // Where nothing is sent for nothing, only the others show that time has passed.
      const asOf = zeros === 'omitted' ? newestPoint(own) : (newestEnd(buckets) ?? 0);
      const name = process.instance === '' ? revision : `${revision}/instance=${process.instance}`;
      return summed(name, buckets, asOf, this.stepMs);
    });
  }

  private paired(process: ProcessSeries): ProcessSeries {
    return this.config.bad !== undefined && this.config.zeros === 'sent' ? pairedPoints(process) : process;
  }

  private over(at: number): number {
    return Math.min(at, this.deps.now() - this.stepMs);
  }
}

function newestPoint(series: readonly PartSeries[]): number {
  return series.reduce((newest, { points }) => Math.max(newest, points.at(-1)?.at ?? 0), 0);
}

/** Graphite. */
export const graphite = metricKind(graphiteSchema, (config, deps) => new GraphiteProvider(config, deps));
