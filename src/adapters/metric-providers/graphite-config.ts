import { z } from 'zod';
import { secretField, urlField } from '../fields';
import { measuresOneThing } from './counters';
import { hasGlob, labelsOf, pathField, replaceField } from './graphite-paths';
import { taggedField, tagKeyField } from './graphite-tags';
import type { TaggedSeries } from './graphite-tags';

const seriesField = z.union([pathField, taggedField]);

/** Reads totals or counts per step from Graphite, by its render API. */
export const graphiteSchema = z
  .strictObject({
    type: z.literal('graphite'),
    url: urlField.describe('where its web application is, without /render'),
    token: secretField.optional().describe('bearer token'),
    sends: z
      .enum(['counters', 'counts'])
      .optional()
      .describe('counters: totals since a process began; counts: what was new in each step, as from statsd'),
    stepSeconds: z
      .number()
      .int()
      .min(1)
      .max(3600)
      .refine((step) => 3600 % step === 0, { message: 'must divide an hour' })
      .describe('step of the finest archive, in which values are sent'),
    zeros: z
      .enum(['sent', 'omitted'])
      .default('sent')
      .describe('omitted: where nothing is bad nothing is sent, so that bad ones which are not there are none'),
    replace: replaceField.default({}).describe('what is sent for characters that a path cannot hold'),
    revisionLabel: tagKeyField.optional().describe('of tagged series: the tag that names the revision; "revision"'),
    targetLabel: tagKeyField
      .optional()
      .describe('of tagged series: the tag that names the target, where there are several'),
    instanceLabels: z
      .array(tagKeyField)
      .optional()
      .describe('of tagged series: tags that tell processes apart; instance and pod'),
    requests: seriesField.optional().describe('path of all requests, or their name and tags'),
    bad: seriesField.optional().describe('the same of the bad ones among them'),
    gauge: seriesField.optional().describe('instead of requests and bad ones: a value that must not rise'),
    events: seriesField.optional().describe('instead of requests and bad ones: a counter of crashes, pages, kills'),
    delayMs: z.number().int().min(0).max(600_000).default(5000).describe('how long after a step its values are there'),
    timeoutMs: z.number().int().min(100).max(5000).default(4000),
  })
  .superRefine((config, context) => {
    measuresOneThing(config, context);
    for (const [key, message] of contradictionsIn(config)) context.addIssue({ code: 'custom', path: [key], message });
  });

/** Configuration of a `graphite` provider. */
export type GraphiteConfig = z.infer<typeof graphiteSchema>;

/** What a path is of. */
export type Role = 'requests' | 'bad' | 'gauge' | 'events';

/** All of them, requests first. */
export const ROLES: readonly Role[] = ['requests', 'bad', 'gauge', 'events'];

/** What stands for a series in the policy: a path, or a name with tags. */
export type AskedSeries = string | TaggedSeries;

/** The labels that the paths of requests and bad ones name, by which failures can be told apart. */
export function labelsIn({ requests, bad }: Pick<GraphiteConfig, 'requests' | 'bad'>): readonly string[] {
  return [...new Set([requests, bad].flatMap((series) => (typeof series === 'string' ? labelsOf(series) : [])))];
}

/** Whether series are known by their tags. */
export function isTagged(config: Pick<GraphiteConfig, Role>): boolean {
  return ROLES.some((role) => typeof config[role] === 'object');
}

type Contradictions = readonly (readonly [key: string, message: string])[];

function contradictionsIn(config: Omit<GraphiteConfig, 'type'>): Contradictions {
  const { requests, bad, gauge, events, sends } = config;
  const found: (readonly [string, string])[] = [];
  if (bad !== undefined && requests === undefined) found.push(['requests', 'is missing beside "bad"']);
  if (gauge === undefined && sends === undefined)
    found.push(['sends', 'is missing: "counters" for totals, "counts" for what was new in each step']);
  if (events !== undefined && sends === 'counts') found.push(['events', 'can only be read from counters']);
  if (requests !== undefined && bad !== undefined && typeof requests !== typeof bad)
    found.push(['bad', 'and "requests" have to be paths both, or tagged series both']);
  return [...found, ...contradictionsOfPaths(config)];
}

function contradictionsOfPaths(config: Omit<GraphiteConfig, 'type'>): Contradictions {
  const { requests, bad, zeros } = config;
  const found: (readonly [string, string])[] = [];
  for (const key of ['revisionLabel', 'targetLabel', 'instanceLabels'] as const)
    if (config[key] !== undefined && !isTagged(config))
      found.push([key, 'is for tagged series; a path says {revision}, {target} and {instance}']);
  for (const place of ['{target}', '{instance}', ...labelsIn(config).map((label) => `{label:${label}}`)])
    if (typeof requests === 'string' && typeof bad === 'string' && requests.includes(place) !== bad.includes(place))
      found.push(['bad', `and "requests" need ${place} both, or neither`]);
  for (const role of ROLES) {
    const path = config[role];
    if (typeof path !== 'string') continue;
    if ((role === 'gauge' || role === 'events') && labelsOf(path).length > 0)
      found.push([role, 'has a label, and no requests that it could tell apart; leave it out, or read one path of it']);
    if (hasGlob(path) && (zeros === 'sent' || role === 'gauge'))
      found.push([role, `has a glob, which of its series should have a value nobody can say; ${wayOut(role)}`]);
  }
  return found;
}

function wayOut(role: Role): string {
  return role === 'gauge' ? 'a gauge needs a path of its own' : 'send a total, or say "zeros: omitted"';
}
