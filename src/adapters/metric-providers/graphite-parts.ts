import { TerminalError } from '../../ports';
import type { GraphiteSeries } from './graphite-api';
import { ROLES } from './graphite-config';
import type { AskedSeries, GraphiteConfig, Role } from './graphite-config';
import { askedPath, nodesIn } from './graphite-paths';
import type { PathValues } from './graphite-paths';
import { expressionOf, othersOf, tagsFor } from './graphite-tags';
import type { PointSeries } from './point-series';

type Labels = Readonly<Record<string, string>>;

/** A path to ask for, or an expression that finds tagged series, and what it is asked for. */
export interface AskedPath extends PathValues {
  readonly role: Role;
  readonly path: string;
  /** What an answered series says besides its revision and target; undefined where it was not asked for. */
  readonly labelsOf: (answered: GraphiteSeries) => Labels | undefined;
}

/** A series in one of its parts: its name is its role, its labels are `revision`, `target`, and what it names or is tagged. */
export interface PartSeries extends PointSeries {
  readonly kept: GraphiteSeries;
}

/**
 * Every path of these revisions on these targets. Throws `METRICS_MISCONFIGURED` where two of them would be read from one
 * path, or one of them cannot stand in a path.
 */
export function askedPaths(
  config: GraphiteConfig,
  targets: readonly string[],
  revisions: readonly string[],
): readonly AskedPath[] {
  const asked = ROLES.flatMap((role) => {
    const series = config[role];
    if (series === undefined) return [];
    const [tells, need] =
      typeof series === 'string'
        ? [series.includes('{target}'), `"${role}" needs {target}`]
        : [config.targetLabel !== undefined, '"targetLabel" has'];
    if (!tells && targets.length > 1) throw misconfigured(`${need} to tell ${targets.join(' and ')} apart`);
    return targets.flatMap((target) =>
      [...new Set(revisions)].map((revision) => ({
        role,
        revision,
        target,
        ...askedFor(config, series, { revision, target }),
      })),
    );
  });
  const owners = new Map<string, AskedPath>();
  for (const each of asked) {
    const other = owners.get(`${each.role} ${each.path}`);
    if (other)
      throw misconfigured(
        `${other.revision} on ${other.target} and ${each.revision} on ${each.target} have the same path, ${each.path}`,
      );
    owners.set(`${each.role} ${each.path}`, each);
  }
  return asked;
}

function askedFor(
  { replace, revisionLabel = 'revision', targetLabel }: GraphiteConfig,
  series: AskedSeries,
  values: PathValues,
): Pick<AskedPath, 'path' | 'labelsOf'> {
  if (typeof series === 'string')
    return {
      path: askedPath(series, values, replace),
      labelsOf: ({ path }) => nodesIn(series, values, replace, path),
    };
  const tags = tagsFor(series, { revisionLabel, targetLabel }, values);
  return { path: expressionOf(tags), labelsOf: (answered) => othersOf(answered, tags) };
}

/** What was answered, once for every part that it plays. */
export function partsOf(asked: readonly AskedPath[], answered: readonly GraphiteSeries[]): readonly PartSeries[] {
  return asked.flatMap(({ role, revision, target, labelsOf }) =>
    answered.flatMap((kept): readonly PartSeries[] => {
      const own = labelsOf(kept);
      if (own === undefined) return [];
      const labels = { ...own, revision, target };
      return [{ name: role, labels, identity: `${role} ${kept.path}`, points: kept.points, kept }];
    }),
  );
}

/**
 * Why these series must not be counted, where that is so. Coarser archives hold averages, what is kept otherwise than said
 * may hold anything, and a fraction is a rate. `reach`: where points have to begin, in epoch milliseconds.
 */
export function objectionTo(
  series: readonly PartSeries[],
  { stepSeconds }: GraphiteConfig,
  reach: number,
): string | undefined {
  const stepMs = stepSeconds * 1000;
  for (const { name, kept } of series) {
    if (kept.stepMs !== undefined && kept.stepMs !== stepMs)
      return `${kept.path} came in steps of ${kept.stepMs / 1000} s and not of ${stepSeconds} s: "stepSeconds" is wrong, or its finest archive does not reach so far back`;
    if (kept.since !== undefined && kept.since > reach + stepMs)
      return `${kept.path} is kept for less than the two hours that are needed: sums begin anew each hour, and the one before may still gain`;
    const odd = kept.points.find(({ value }) => Number.isFinite(value) && !Number.isInteger(value));
    if (odd && name !== 'gauge') return `${kept.path} holds ${odd.value}, which is a rate or an average and no count`;
  }
  return undefined;
}

function misconfigured(message: string): TerminalError {
  return new TerminalError('METRICS_MISCONFIGURED', message);
}
