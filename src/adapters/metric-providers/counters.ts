import { z } from 'zod';
import type { SeriesReading } from '../../domain/judge/sample';
import { RetryableError, TerminalError } from '../../ports';
import { labelsField } from '../fields';
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
  slowerThan: z.strictObject({
    histogram: z.string().min(1).describe('name of a histogram, without _bucket'),
    boundSeconds: z.number().positive().describe('one of its bounds'),
    labels: matchersField.optional().describe('exact values, or /regular expressions/'),
  }),
});

/** Which counters are read, and which labels tell revisions, targets and processes apart. */
export const countersShape = {
  revisionLabel: z.string().default('revision').describe('label that names the revision'),
  targetLabel: z.string().optional().describe('label that names the target, where one place shows several'),
  instanceLabels: z
    .array(z.string())
    .default(['instance', 'pod'])
    .describe('labels that tell processes apart, which restart each on its own'),
  requests: counterSchema.optional().describe('all requests; not needed for a latency metric'),
  bad: z.union([counterSchema, slowSchema]).describe('the bad ones among them'),
};

const countersSchema = z.strictObject(countersShape);

/** The keys of a provider's configuration that say what is counted. */
export type CountersConfig = z.infer<typeof countersSchema>;

/** Which lines are wanted: a name, and exact values or /regular expressions/ of labels. */
export interface Selector {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A process's counts; without a stamp of their own they are as new as the question. */
export type Counts = Omit<SeriesReading, 'at'> & { readonly at?: number };

type Labels = Readonly<Record<string, string>>;

/** The lines that hold all requests. Throws `METRICS_MISCONFIGURED` where the policy does not say. */
export function requestSelector({ bad, requests }: CountersConfig): Selector {
  if ('slowerThan' in bad) return { name: `${bad.slowerThan.histogram}_count`, labels: bad.slowerThan.labels ?? {} };
  if (requests) return { name: requests.name, labels: requests.labels ?? {} };
  throw new TerminalError('METRICS_MISCONFIGURED', '"requests" is needed beside a "bad" that is a counter');
}

/** The lines that hold the bad ones; of a histogram, all buckets, of which one holds those that were fast enough. */
export function badSelector({ bad }: CountersConfig): Selector {
  if ('slowerThan' in bad) return { name: `${bad.slowerThan.histogram}_bucket`, labels: bad.slowerThan.labels ?? {} };
  return { name: bad.name, labels: bad.labels ?? {} };
}

/** Whether the lines belong to this target, as far as they say. */
export function isOf(config: CountersConfig, target: string, labels: Labels): boolean {
  const { targetLabel } = config;
  return targetLabel === undefined || labels[targetLabel] === undefined || labels[targetLabel] === target;
}

/**
 * One summed series per process of a revision; a count that is no number makes its series missing, not smaller. Throws
 * `METRICS_UNREADABLE` for bad events without their requests, `METRICS_MISCONFIGURED` for a histogram without the bound.
 */
export function countsOf(config: CountersConfig, lines: readonly MetricLine[], revision: string): readonly Counts[] {
  const own = lines.filter(({ labels }) => labels[config.revisionLabel] === revision);
  const requests = byProcess(config, select(own, requestSelector(config)));
  const subtracted = byProcess(config, subtractedLines(config, own));
  const orphan = [...subtracted.keys()].find((process) => !requests.has(process));
  if (orphan !== undefined)
    throw new RetryableError('METRICS_UNREADABLE', `bad events of ${revision} without its requests (${orphan})`);
  return [...requests].flatMap(([process, total]) => {
    const part = subtracted.get(process) ?? [];
    const bad = 'slowerThan' in config.bad ? sum(total) - sum(part) : sum(part);
    const counts = { series: `${revision}${process}`, requests: sum(total), bad, ...stampOf([...total, ...part]) };
    return Number.isFinite(counts.requests) && Number.isFinite(bad) ? [counts] : [];
  });
}

/** What tells the process of these labels from others. */
export function processOf({ instanceLabels }: CountersConfig, labels: Labels): string {
  return instanceLabels.flatMap((name) => (labels[name] === undefined ? [] : [`/${name}=${labels[name]}`])).join('');
}

/** The pattern of a value in slashes; undefined for an exact value. */
export function patternOf(wanted: string): string | undefined {
  return PATTERN.exec(wanted)?.[1];
}

/** The bad ones, or those that were fast enough. */
function subtractedLines(config: CountersConfig, lines: readonly MetricLine[]): readonly MetricLine[] {
  const found = select(lines, badSelector(config));
  if (!('slowerThan' in config.bad)) return found;
  const { histogram, boundSeconds } = config.bad.slowerThan;
  const fast = found.filter(({ labels }) => Number(labels['le']) === boundSeconds);
  if (found.length === 0 || fast.length > 0) return fast;
  const bounds = [...new Set(found.map(({ labels }) => labels['le'] ?? ''))].toSorted(
    (a, b) => asBound(a) - asBound(b),
  );
  // Without the bucket every request would count as slow.
  throw new TerminalError(
    'METRICS_MISCONFIGURED',
    `${histogram} has no bucket of ${boundSeconds} s; it has ${bounds.join(', ')}`,
  );
}

function asBound(le: string): number {
  return le === '+Inf' ? Infinity : Number(le);
}

function byProcess(config: CountersConfig, lines: readonly MetricLine[]): ReadonlyMap<string, readonly MetricLine[]> {
  const groups = new Map<string, MetricLine[]>();
  for (const line of lines) {
    const process = processOf(config, line.labels);
    groups.set(process, [...(groups.get(process) ?? []), line]);
  }
  return groups;
}

function select(lines: readonly MetricLine[], { name, labels }: Selector): readonly MetricLine[] {
  return lines.filter(
    (line) =>
      line.name === name && Object.entries(labels).every(([label, wanted]) => matches(line.labels[label], wanted)),
  );
}

function matches(value: string | undefined, wanted: string): boolean {
  if (value === undefined) return false;
  const pattern = patternOf(wanted);
  return pattern === undefined ? value === wanted : new RegExp(`^(?:${pattern})$`).test(value);
}

function isReadablePattern(wanted: string): boolean {
  const pattern = patternOf(wanted);
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
