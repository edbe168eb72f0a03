import type { SeriesReading, StratumReading } from '../../domain/judge/sample';
import { knownAsOf, weightOf } from '../../domain/plan/census';
import { countedAt } from '../../domain/policy/policy';
import type { MetricPolicy } from '../../domain/policy/policy';
import { count, failed, formatDuration, plain } from '../../domain/report';
import type { MetricQuery } from '../../ports';
import type { Finding } from '../examination';
import { fine, lookLimit, textOf } from './picture';
import type { Picture } from './picture';

/** Per metric and target: what the counters of each revision say now, or that they say nothing. */
export async function metricFindings(picture: Picture): Promise<readonly Finding[]> {
  const query = queryOf(picture);
  const { metrics } = picture.policy;
  if (metrics.length === 0)
    return [
      {
        state: 'bad',
        what: 'metrics',
        seen: 'none: nothing can show whether going back helps, so every phase asks a person (NO_DATA)',
        fix: 'add metrics to the service',
      },
    ];
  if (!query) return [];
  return (await Promise.all(metrics.map((metric) => findingsOf(picture, metric, query)))).flat();
}

/** Of the revision with the most traffic and the one gone back to; of that one alone where there is no other. */
function queryOf({ census, pair, policy }: Picture): MetricQuery | undefined {
  const targets = countedAt(policy, Object.keys(census));
  const only = Object.values(census).flatMap(({ revisions }) => revisions.map(({ revision }) => revision))[0];
  const [current, stable] = pair ? [pair.from, pair.to] : [only, only];
  if (current === undefined || stable === undefined) return undefined;
  const knownAs = knownAsOf(census);
  return { targets, current, stable, ...(knownAs ? { knownAs } : {}) };
}

async function findingsOf(picture: Picture, metric: MetricPolicy, query: MetricQuery): Promise<readonly Finding[]> {
  const what = `metric ${metric.name}`;
  try {
    const provider = picture.adapters.metrics(metric);
    const at = picture.now() - provider.delayMs();
    const { strata } = await provider.collect(query, at, lookLimit());
    return query.targets.map((target) =>
      stratumFinding(
        picture,
        { what, metric, query, at },
        strata.find((each) => each.target === target) ?? empty(target),
      ),
    );
  } catch (error) {
    const fix = `make the source of ${metric.name} answer from here, or mend its stanza`;
    return [{ state: 'bad', what, seen: `NO_DATA: ${textOf(error)}`, fix }];
  }
}

interface Asked {
  readonly what: string;
  readonly metric: MetricPolicy;
  readonly query: MetricQuery;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** One cohort's words, and whether it lacks data that it should have. */
interface Cohort {
  readonly text: string;
  readonly trouble: 'none' | 'missing' | 'expected';
}

function stratumFinding(picture: Picture, asked: Asked, stratum: StratumReading): Finding {
  const { current, stable } = asked.query;
  const currentCohort = cohort(picture, asked, stratum.target, current, stratum.current);
  const cohorts =
    current === stable
      ? [currentCohort]
      : [currentCohort, cohort(picture, asked, stratum.target, stable, stratum.stable)];
  const seen = `${stratum.target}: ${cohorts.map(({ text }) => text).join(' · ')}`;
  if (cohorts.some(({ trouble }) => trouble === 'missing'))
    return {
      state: 'bad',
      what: asked.what,
      seen,
      fix: `see that the source names this target and revision as the policy does (revisionLabel, targetLabel, names), and that it is read`,
    };
  if (cohorts.some(({ trouble }) => trouble === 'expected'))
    return {
      state: 'note',
      what: asked.what,
      seen,
      fix: 'nothing, if it begins to count with its first request; a phase without counts of both waits and asks',
    };
  return fine(asked.what, seen);
}

function cohort(
  picture: Picture,
  { metric, at }: Asked,
  target: string,
  revision: string,
  series: readonly SeriesReading[],
): Cohort {
  const name = plain(revision);
  const serves = weightOf(picture.census[target], revision) > 0;
  if (series.length === 0)
    return serves
      ? { text: `${name} NO_DATA, no series though it serves`, trouble: 'missing' }
      : { text: `${name} no series, and no traffic`, trouble: 'expected' };
  const ageMs = Math.max(0, at - Math.max(...series.map((each) => each.at)));
  const age = `${series.length} series, ${formatDuration(ageMs)} old`;
  const text = `${name} ${amount(metric, series)} (${age})`;
  if (ageMs < picture.policy.timing.noDataMs) return { text, trouble: 'none' };
  return { text: `${text}: NO_DATA, too old to judge by`, trouble: serves ? 'missing' : 'expected' };
}

function amount({ measures }: MetricPolicy, series: readonly SeriesReading[]): string {
  const total = (of: (each: SeriesReading) => number): number => series.reduce((sum, each) => sum + of(each), 0);
  const [requests, bad] = [total((each) => each.requests), total((each) => each.bad)];
  switch (measures) {
    case undefined:
      return requests > 0 ? `failed ${failed({ requests, bad })} since it began` : 'no request since it began';
    case 'buckets':
      return `${count(requests)} requests in ${series[0]?.buckets?.length ?? 0} buckets since it began`;
    case 'gauge':
      return `shows ${series.map(({ value }) => String(Number((value ?? 0).toPrecision(4)))).join(', ')}`;
    case 'events':
      return `${count(bad)} events since it began`;
  }
}

function empty(target: string): StratumReading {
  return { target, current: [], stable: [] };
}
