import type { MetricReading, SeriesReading } from '../../domain/judge/sample';
import { limitedTo, TerminalError } from '../../ports';
import type { History, LabelValues, MetricProvider, MetricQuery, Sliced, Window } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { metricKind } from '../kinds';
import { valuesIn } from './bucket-slices';
import { intervalsOf, newestEnd, spanHolding, spanOver, spanToSum, summed } from './bucket-sums';
import { demandRequests, processOf } from './counters';
import type { CountersConfig } from './counters';
import { queryGraphite } from './graphite-api';
import { graphiteSchema, isTagged, labelsIn, ROLES } from './graphite-config';
import type { GraphiteConfig } from './graphite-config';
import { bucketsOf, demandPair, inBuckets, pairedPoints, processesOf } from './graphite-pairs';
import type { ProcessSeries, Zeros } from './graphite-pairs';
import { askedPaths, objectionTo, partsOf } from './graphite-parts';
import type { PartSeries } from './graphite-parts';
import { pastOf } from './past';
import { looksOver, readingsAt, spacingOf } from './point-series';
import type { PointSeries } from './point-series';
import { valuesOver } from './point-slices';

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
export class GraphiteProvider implements MetricProvider, Sliced {
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
    this.measured = {
      revisionLabel: 'revision',
      instanceLabels: isTagged(config)
        ? [...(config.instanceLabels ?? ['instance', 'pod'])]
        : ['instance', ...labelsIn(config)],
      ...Object.fromEntries(parts),
    };
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
    const bucketMs = this.bucketFor(stepMs);
    const until = this.over(to);
    const span = sends === 'counts' ? spanOver(from, until, bucketMs) : { from: from - this.viewMs, to: until };
    if (span.from >= span.to) return { kind: 'counts', intervals: [] };
    const series = await this.read(query, [query.current], span, signal);
    const objection = objectionTo(series, this.config, Infinity);
    if (objection !== undefined) return { kind: 'unavailable', because: objection };
    const processes = this.processesOn(query, series, [query.current]);
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

  async slices(query: MetricQuery, label: string, window: Window, signal: AbortSignal): Promise<LabelValues> {
    demandRequests(this.measured);
    const { sends } = this.config;
    const revisions = [query.current, query.stable];
    const until = this.over(window.to);
    const bucketMs = this.bucketFor(window.stepMs);
    const span = { ...spanHolding(window.from, until, bucketMs), bucketMs };
    const from = sends === 'counts' ? span.from - bucketMs : window.from - this.viewMs;
    const series = await this.read(query, revisions, { from, to: until }, signal);
    const objection = objectionTo(series, this.config, Infinity);
    if (objection !== undefined) throw new TerminalError('METRICS_MISCONFIGURED', objection);
    const processes = this.processesOn(query, series, revisions, label);
    if (sends === 'counts') {
      const buckets = processes.flatMap((process) => {
        const { revision = '', [label]: value = '' } = process.labels;
        const steps = inBuckets(bucketsOf(process, this.zerosOf(process, label), this.stepMs), bucketMs, 1);
        return steps.map((step) => ({ ...step, value, revision }));
      });
      return { covers: 'window', values: valuesIn(buckets, query, label, span) };
    }
    const paired = processes.flatMap((process) => this.paired(process, this.zerosOf(process, label)).series);
    const byTarget = (own: readonly PointSeries[]): readonly (readonly PointSeries[])[] =>
      query.targets.map((target) => own.filter(({ labels }) => labels['target'] === target));
    return valuesOver(this.measured, paired, byTarget, { query, label, window: { ...window, to: until } }, this.viewMs);
  }

  /** Whole steps that are as long as asked. */
  private bucketFor(stepMs: number): number {
    return Math.max(1, Math.ceil(stepMs / this.stepMs)) * this.stepMs;
  }

  private processesOn(
    { targets }: MetricQuery,
    series: readonly PartSeries[],
    revisions: readonly string[],
    label?: string,
  ): readonly ProcessSeries[] {
    return targets.flatMap((target) => {
      const own = series.filter(({ labels }) => labels['target'] === target);
      return revisions.flatMap((revision) => this.processes(own, revision, target, label));
    });
  }

  private processes(
    own: readonly PartSeries[],
    revision: string,
    target: string,
    label?: string,
  ): readonly ProcessSeries[] {
    const value = (labels: PointSeries['labels']): string =>
      label === undefined ? '' : `/${label}=${labels[label] ?? ''}`;
    return processesOf(own, revision, target, (labels) => this.placeOf(labels) + value(labels));
  }

  /** Of tagged series each set of tags is a pair, where all of them are sent; else all of a process belong together. */
  private placeOf(labels: PointSeries['labels']): string {
    if (!isTagged(this.config) || this.config.zeros === 'omitted') return processOf(this.measured, labels);
    const { requests, bad } = this.config;
    const fixed = [requests, bad].flatMap((series) => (typeof series === 'object' ? Object.keys(series.tags) : []));
    const { revisionLabel = 'revision', targetLabel = 'target' } = this.config;
    const known = ['revision', 'target', revisionLabel, targetLabel, ...fixed];
    const own = Object.entries(labels).filter(([key]) => !known.includes(key));
    return own
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `/${key}=${value}`)
      .join('');
  }

  private async read(
    { targets }: MetricQuery,
    revisions: readonly string[],
    { from, to }: Span,
    signal: AbortSignal,
  ): Promise<readonly PartSeries[]> {
    const { url, token, timeoutMs } = this.config;
    const asked = askedPaths(this.config, targets, revisions);
    const limit = limitedTo(signal, timeoutMs);
    const secret = token === undefined ? {} : { token: this.deps.resolveSecret(token) };
    const paths = [...new Set(asked.map(({ path }) => path))];
    const answered = await queryGraphite({ url, ...secret, paths, from, until: to, now: this.deps.now() }, limit);
    return partsOf(asked, answered);
  }

  /** What one cohort shows, `own` being all series of its target. */
  private cohort(
    own: readonly PartSeries[],
    revision: string,
    target: string,
    until: number,
  ): readonly SeriesReading[] {
    const { sends, zeros, bad } = this.config;
    const processes = this.processes(own, revision, target);
    for (const process of processes) {
      const everyMs = sends === 'counts' ? this.stepMs : (spacingOf(process.series) ?? this.stepMs);
      if (bad !== undefined) demandPair(process, zeros, until, everyMs);
    }
    if (sends !== 'counts') {
      const paired = processes.flatMap((process) => this.paired(process).series);
      return readingsAt(this.measured, paired, revision, until);
    }
    return processes.flatMap((process) => {
      const buckets = bucketsOf(process, zeros, this.stepMs);
      // Where nothing is sent for nothing, only the others show that time has passed.
      const asOf = zeros === 'omitted' ? newestPoint(own) : (newestEnd(buckets) ?? 0);
      return summed(`${revision}${process.name}`, buckets, asOf, this.stepMs);
    });
  }

  /** What has another value of a tag than bad ones have is not bad, and nothing says so. */
  private zerosOf({ labels }: ProcessSeries, label: string): Zeros {
    const { bad, zeros } = this.config;
    const ofBad = typeof bad === 'object' ? bad.tags[label] : undefined;
    return ofBad === undefined || ofBad === labels[label] ? zeros : 'omitted';
  }

  private paired(process: ProcessSeries, zeros = this.config.zeros): ProcessSeries {
    return this.config.bad !== undefined && zeros === 'sent' ? pairedPoints(process) : process;
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
