import { z } from 'zod';
import { secretField, urlField } from '../fields';
import { measuresOneThing } from './counters';
import { hasGlob, pathField, replaceField } from './graphite-paths';

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
    requests: pathField.optional().describe('path of all requests'),
    bad: pathField.optional().describe('path of the bad ones among them'),
    gauge: pathField.optional().describe('instead of requests and bad ones: a value that must not rise'),
    events: pathField.optional().describe('instead of requests and bad ones: a counter of crashes, pages, kills'),
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

function contradictionsIn(config: Omit<GraphiteConfig, 'type'>): readonly (readonly [string, string])[] {
  const { requests, bad, gauge, events, sends, zeros } = config;
  const found: (readonly [string, string])[] = [];
  if (bad !== undefined && requests === undefined) found.push(['requests', 'is missing beside "bad"']);
  if (gauge === undefined && sends === undefined)
    found.push(['sends', 'is missing: "counters" for totals, "counts" for what was new in each step']);
  if (events !== undefined && sends === 'counts') found.push(['events', 'can only be read from counters']);
  for (const place of ['{target}', '{instance}'])
    if (requests !== undefined && bad !== undefined && requests.includes(place) !== bad.includes(place))
      found.push(['bad', `and "requests" need ${place} both, or neither`]);
  for (const role of ROLES) {
    const path = config[role];
    if (path !== undefined && hasGlob(path) && (zeros === 'sent' || role === 'gauge'))
      found.push([role, `has a glob, which of its series should have a value nobody can say; ${wayOut(role)}`]);
  }
  return found;
}

function wayOut(role: Role): string {
  return role === 'gauge' ? 'a gauge needs a path of its own' : 'send a total, or say "zeros: omitted"';
}
