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
    boundSeconds: z.number().positive().optional().describe('one of its bounds; without it the judge picks three'),
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
  bad: z.union([counterSchema, slowSchema]).optional().describe('the bad ones among them'),
  gauge: counterSchema.optional().describe('instead of requests and bad ones: a value that must not rise'),
  events: counterSchema.optional().describe('instead of requests and bad ones: a counter of crashes, pages, kills'),
};

const countersSchema = z.strictObject(countersShape);

/** Refuses what says several things are measured, or nothing. For `superRefine` of a provider's schema. */
export function measuresOneThing(
  { bad, gauge, events, requests }: Readonly<Partial<Record<'bad' | 'gauge' | 'events' | 'requests', unknown>>>,
  context: { readonly addIssue: (issue: { code: 'custom'; path: string[]; message: string }) => void },
): void {
  const given = Object.entries({ bad, gauge, events }).filter(([, value]) => value !== undefined);
  const [first, second] = given.map(([key]) => key);
  const refuse = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
  if (first === undefined) refuse('bad', 'is missing; a metric has "bad", or "gauge", or "events"');
  if (second !== undefined) refuse(second, `stands beside "${first}"; a metric measures one thing`);
  if (requests && !bad) refuse('requests', 'stands without "bad"; a gauge and events have no requests');
}

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

/** What is measured, told apart. */
type Measure =
  | { readonly kind: 'counters'; readonly requests: Selector; readonly bad: Selector }
  | {
      readonly kind: 'histogram';
      readonly name: string;
      readonly requests: Selector;
      readonly bad: Selector;
      readonly bound?: number;
    }
  | { readonly kind: 'gauge' | 'events'; readonly lines: Selector };

/** Throws `METRICS_MISCONFIGURED` where the policy does not say enough. */
function measureOf({ bad, requests, gauge, events }: CountersConfig): Measure {
  if (gauge) return { kind: 'gauge', lines: selector(gauge) };
  if (events) return { kind: 'events', lines: selector(events) };
  if (!bad) throw new TerminalError('METRICS_MISCONFIGURED', 'a metric has "bad", or "gauge", or "events"');
  if ('slowerThan' in bad) {
    const { histogram, labels = {}, boundSeconds } = bad.slowerThan;
    return {
      kind: 'histogram',
      name: histogram,
      requests: { name: `${histogram}_count`, labels },
      bad: { name: `${histogram}_bucket`, labels },
      ...(boundSeconds === undefined ? {} : { bound: boundSeconds }),
    };
  }
  if (requests) return { kind: 'counters', requests: selector(requests), bad: selector(bad) };
  throw new TerminalError('METRICS_MISCONFIGURED', '"requests" is needed beside a "bad" that is a counter');
}

function selector({ name, labels = {} }: z.infer<typeof counterSchema>): Selector {
  return { name, labels };
}

/** Every line that has to be read; of a histogram its count and all of its buckets. */
export function selectorsOf(config: CountersConfig): readonly Selector[] {
  const measure = measureOf(config);
  return 'lines' in measure ? [measure.lines] : [measure.requests, measure.bad];
}

/** Throws `METRICS_MISCONFIGURED` where there are no requests that a label could tell apart. */
export function demandRequests(config: CountersConfig): void {
  const { kind } = measureOf(config);
  if (kind === 'gauge' || kind === 'events')
    throw new TerminalError('METRICS_MISCONFIGURED', `"${kind}" has no requests that a label could tell apart`);
}

/** Series by the value of a label; an empty one for those that lack it. */
export function byValue<Series extends { readonly labels: Labels }>(
  series: readonly Series[],
  label: string,
): ReadonlyMap<string, readonly Series[]> {
  return grouped(series, ({ labels }) => labels[label] ?? '');
}

/** The seconds beyond which a request counts as bad, where a provider's configuration says them. */
export function boundSecondsOf(config: Readonly<Record<string, unknown>>): number | undefined {
  const slow = slowSchema.safeParse(config['bad']);
  return slow.success ? slow.data.slowerThan.boundSeconds : undefined;
}

/** Which other measurement than bad ones among requests a provider's configuration asks for. */
export function measuredBy(config: Readonly<Record<string, unknown>>): 'buckets' | 'gauge' | 'events' | undefined {
  if (config['gauge'] !== undefined) return 'gauge';
  if (config['events'] !== undefined) return 'events';
  const slow = slowSchema.safeParse(config['bad']);
  return slow.success && slow.data.slowerThan.boundSeconds === undefined ? 'buckets' : undefined;
}

/** Whether the lines belong to this target, as far as they say. */
export function isOf(config: CountersConfig, target: string, labels: Labels): boolean {
  const { targetLabel } = config;
  return targetLabel === undefined || labels[targetLabel] === undefined || labels[targetLabel] === target;
}

/**
 * One series per process of a revision, its lines summed; a count that is no number makes its series missing, not smaller.
 * Throws `METRICS_UNREADABLE` for one half of a pair without the other, `METRICS_MISCONFIGURED` for a histogram without
 * the bound.
 */
export function countsOf(config: CountersConfig, lines: readonly MetricLine[], revision: string): readonly Counts[] {
  const measure = measureOf(config);
  const own = lines.filter(({ labels }) => labels[config.revisionLabel] === revision);
  const counts = 'lines' in measure ? lonely(config, measure, own) : paired(config, measure, own, revision);
  return counts.map((each) => ({ ...each, series: `${revision}${each.series}` }));
}

/** What has no requests beside it: a gauge's value, or how many events there were. */
function lonely(
  config: CountersConfig,
  measure: Extract<Measure, { readonly lines: Selector }>,
  own: readonly MetricLine[],
): readonly Counts[] {
  return [...byProcess(config, select(own, measure.lines))].flatMap(([process, lines]) => {
    const isGauge = measure.kind === 'gauge';
    const value = isGauge ? lines.reduce((total, line) => total + line.value, 0) : sum(lines);
    if (!Number.isFinite(value)) return [];
    const base = { series: process, requests: 0, ...stampOf(lines) };
    return [isGauge ? { ...base, bad: 0, value } : { ...base, bad: value }];
  });
}

function paired(
  config: CountersConfig,
  measure: Exclude<Measure, { readonly lines: Selector }>,
  own: readonly MetricLine[],
  revision: string,
): readonly Counts[] {
  const requests = byProcess(config, select(own, measure.requests));
  const others = byProcess(config, otherLines(measure, own));
  const orphan = [...others.keys()].find((process) => !requests.has(process));
  if (orphan !== undefined)
    throw new RetryableError('METRICS_UNREADABLE', `bad events of ${revision} without its requests (${orphan})`);
  return [...requests].flatMap(([process, total]) => {
    const part = others.get(process) ?? [];
    const counts = { series: process, requests: sum(total), bad: 0, ...stampOf([...total, ...part]) };
    const whole = measure.kind === 'counters' ? { ...counts, bad: sum(part) } : ofHistogram(measure, counts, part);
    return whole && Number.isFinite(whole.requests) && Number.isFinite(whole.bad) ? [whole] : [];
  });
}

/** Slower than the bound; or all buckets, where no bound is given. Without buckets nothing is known of a series. */
function ofHistogram(
  { bound }: Extract<Measure, { readonly kind: 'histogram' }>,
  counts: Counts,
  part: readonly MetricLine[],
): Counts | undefined {
  if (part.length === 0) return undefined;
  if (bound !== undefined) return { ...counts, bad: counts.requests - sum(part) };
  const bounds = [...new Set(part.map(boundOf))].toSorted((a, b) => a - b).filter(Number.isFinite);
  const buckets = bounds.map((each) => ({ bound: each, count: sum(part.filter((line) => boundOf(line) === each)) }));
  const counted = [...buckets.map(({ count }) => count), counts.requests];
  // A bucket holds those before it; where label sets have other buckets their sums do not.
  const rises = counted.every((count, index) => count >= (counted[index - 1] ?? 0));
  return rises ? { ...counts, buckets } : undefined;
}

/** What tells the process of these labels from others. */
export function processOf({ instanceLabels }: CountersConfig, labels: Labels): string {
  return instanceLabels.flatMap((name) => (labels[name] === undefined ? [] : [`/${name}=${labels[name]}`])).join('');
}

/** The pattern of a value in slashes; undefined for an exact value. */
export function patternOf(wanted: string): string | undefined {
  return PATTERN.exec(wanted)?.[1];
}

/** The bad ones; of a histogram those that were fast enough, or all buckets. */
function otherLines(
  measure: Exclude<Measure, { readonly lines: Selector }>,
  lines: readonly MetricLine[],
): readonly MetricLine[] {
  const found = select(lines, measure.bad);
  if (measure.kind === 'counters' || measure.bound === undefined) return found;
  const fast = found.filter((line) => boundOf(line) === measure.bound);
  if (found.length === 0 || fast.length > 0) return fast;
  const bounds = [...new Set(found)]
    .toSorted((a, b) => boundOf(a) - boundOf(b))
    .map(({ labels }) => labels['le'] ?? '');
  // Without the bucket every request would count as slow.
  throw new TerminalError(
    'METRICS_MISCONFIGURED',
    `${measure.name} has no bucket of ${measure.bound} s; it has ${[...new Set(bounds)].join(', ')}`,
  );
}

/** In seconds; a histogram whose name says milliseconds has its bounds in those. */
function boundOf({ name, labels }: MetricLine): number {
  const le = labels['le'];
  if (le === '+Inf') return Infinity;
  return name.endsWith('_milliseconds_bucket') ? Number(le) / 1_000 : Number(le);
}

/** What belongs to each process. */
export function byProcess<Each extends { readonly labels: Labels }>(
  config: CountersConfig,
  each: readonly Each[],
): ReadonlyMap<string, readonly Each[]> {
  return grouped(each, ({ labels }) => processOf(config, labels));
}

function grouped<Each>(each: readonly Each[], keyOf: (one: Each) => string): ReadonlyMap<string, readonly Each[]> {
  const groups = new Map<string, Each[]>();
  for (const one of each) {
    const key = keyOf(one);
    const found = groups.get(key);
    if (found) found.push(one);
    else groups.set(key, [one]);
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
