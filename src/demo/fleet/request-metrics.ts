const BOUNDS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1] as const;

interface RevisionSeries {
  readonly byCode: Map<string, number>;
  /** Requests per bucket, not cumulative; the last one is above every bound. */
  readonly buckets: number[];
  sumSeconds: number;
}

/** Content type of the exposition. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Counts a proxy's requests per revision and renders them as OpenMetrics. Starts from nothing with its process. */
export class RequestMetrics {
  private readonly target: string;
  private readonly startedAtSeconds: number;
  private readonly series = new Map<string, RevisionSeries>();

  /** Every revision shows codes 200 and 500 from the start, so that no series appears out of nothing. */
  constructor(target: string, revisions: readonly string[], startedAt: number) {
    this.target = target;
    this.startedAtSeconds = startedAt / 1000;
    for (const revision of revisions) this.seriesOf(revision);
  }

  /** Counts one answered request. */
  count(revision: string, code: number, seconds: number): void {
    const series = this.seriesOf(revision);
    series.byCode.set(String(code), (series.byCode.get(String(code)) ?? 0) + 1);
    const found = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    const bucket = found === -1 ? BOUNDS_SECONDS.length : found;
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    series.sumSeconds += seconds;
  }

  /** The exposition; `nan` writes NaN in place of every request count. */
  render(nan = false): string {
    const lines = ['# TYPE http_requests counter', '# HELP http_requests Answered requests.'];
    for (const [revision, series] of this.series) {
      for (const [code, count] of series.byCode)
        lines.push(`http_requests_total{${this.labels(revision)},code="${code}"} ${nan ? 'NaN' : count}`);
    }
    lines.push('# TYPE http_request_duration_seconds histogram', '# UNIT http_request_duration_seconds seconds');
    for (const [revision, series] of this.series) lines.push(...this.histogram(revision, series));
    lines.push('# TYPE process_start_time_seconds gauge', '# UNIT process_start_time_seconds seconds');
    lines.push(`process_start_time_seconds ${this.startedAtSeconds}`, '# EOF', '');
    return lines.join('\n');
  }

  private histogram(revision: string, series: RevisionSeries): string[] {
    const name = 'http_request_duration_seconds';
    const labels = this.labels(revision);
    let cumulated = 0;
    const lines = series.buckets.map((count, index) => {
      cumulated += count;
      const bound = BOUNDS_SECONDS[index] ?? '+Inf';
      return `${name}_bucket{${labels},le="${bound}"} ${cumulated}`;
    });
    lines.push(`${name}_count{${labels}} ${cumulated}`, `${name}_sum{${labels}} ${series.sumSeconds.toFixed(6)}`);
    return lines;
  }

  private labels(revision: string): string {
    return `target="${this.target}",revision="${revision}"`;
  }

  private seriesOf(revision: string): RevisionSeries {
    const known = this.series.get(revision);
    if (known !== undefined) return known;
    const byCode = new Map([
      ['200', 0],
      ['500', 0],
    ]);
    const series = { byCode, buckets: Array.from({ length: BOUNDS_SECONDS.length + 1 }, () => 0), sumSeconds: 0 };
    this.series.set(revision, series);
    return series;
  }
}
