import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Cause, Severity } from '../../domain/alert/alert';
import type { AlertSource, Authenticity, ParsedDelivery, RawDelivery, SourceAlert } from '../../ports';
import { secretField } from '../fields';
import type { ResolveSecret } from '../secrets';
import { alertSourceKind } from '../kinds';
import { parseJson, unreadable } from './problems';

const CAUSES = ['errors', 'latency', 'saturation', 'security', 'feedback', 'other'] as const satisfies readonly Cause[];

/** Prometheus Alertmanager's webhook, version 4. */
export const alertmanagerSchema = z.strictObject({
  type: z.literal('alertmanager'),
  bearer: secretField.optional().describe('token that Alertmanager sends as Authorization: Bearer'),
  causeFrom: z
    .strictObject({ label: z.string().min(1), values: z.record(z.string(), z.enum(CAUSES)) })
    .optional()
    .describe('where a "cause" label is missing: the causes that values of another label stand for'),
});

/** Configuration of the `alertmanager` source. */
export type AlertmanagerConfig = z.infer<typeof alertmanagerSchema>;

const labels = z.record(z.string(), z.string());
const time = z.iso.datetime({ offset: true });
const alertSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  labels,
  annotations: labels.default({}),
  startsAt: time,
  generatorURL: z.string().optional(),
  fingerprint: z.string().min(1),
});
const bodySchema = z.looseObject({ version: z.literal('4'), alerts: z.array(alertSchema).min(1) });

/** Alertmanager signs nothing: a bearer token, where one is configured, is all there is to verify. */
export class Alertmanager implements AlertSource {
  private readonly config: AlertmanagerConfig;
  private readonly resolveSecret: ResolveSecret;

  constructor(config: AlertmanagerConfig, resolveSecret: ResolveSecret) {
    this.config = config;
    this.resolveSecret = resolveSecret;
  }

  verify(delivery: RawDelivery): Authenticity {
    if (this.config.bearer === undefined) return { ok: true, verified: false };
    const expected = Buffer.from(`Bearer ${this.resolveSecret(this.config.bearer)}`);
    const given = Buffer.from(delivery.headers.authorization ?? '');
    const same = given.length === expected.length && timingSafeEqual(given, expected);
    return same ? { ok: true, verified: true } : { ok: false, because: 'the bearer token is missing or wrong' };
  }

  parse(delivery: RawDelivery): ParsedDelivery {
    const { bearer } = this.config;
    const json = parseJson(delivery.body, bearer === undefined ? [] : [this.resolveSecret(bearer)]);
    if (!json.ok) return json.parsed;
    const body = bodySchema.safeParse(json.value);
    if (!body.success) return unreadable(body.error);
    return { ok: true, alerts: body.data.alerts.map((alert) => toAlert(alert, this.config.causeFrom)) };
  }
}

function toAlert(alert: z.infer<typeof alertSchema>, causeFrom: AlertmanagerConfig['causeFrom']): SourceAlert {
  const { summary, description } = alert.annotations;
  const revision = alert.labels.revision ?? alert.labels.version;
  return {
    fingerprint: alert.fingerprint,
    status: alert.status,
    severity: severityOf(alert.labels.severity),
    cause: causeOf(alert.labels, causeFrom),
    title: summary ?? alert.labels.alertname ?? alert.fingerprint,
    ...(description === undefined ? {} : { summary: description }),
    ...(revision === undefined ? {} : { revision }),
    labels: alert.labels,
    ...(isWebLink(alert.generatorURL) ? { link: alert.generatorURL } : {}),
    startsAt: Date.parse(alert.startsAt),
  };
}

/** The severity label as teams write it; one that says nothing we know is a warning, never critical. */
function severityOf(label: string | undefined): Severity {
  const word = label?.toLowerCase();
  if (word === 'critical' || word === 'page' || word === 'p1') return 'critical';
  return word === 'info' ? 'info' : 'warning';
}

/** The cause label, else what another label stands for, else errors: what most alerts about a release are about. */
function causeOf(labels: Readonly<Record<string, string>>, causeFrom: AlertmanagerConfig['causeFrom']): Cause {
  const told = CAUSES.find((cause) => cause === labels['cause']);
  const word = causeFrom && labels[causeFrom.label];
  // Whoever sends the alert chooses the word, so it may be the name of something that every object has.
  const inferred =
    causeFrom && word !== undefined && Object.hasOwn(causeFrom.values, word) ? causeFrom.values[word] : undefined;
  return told ?? inferred ?? 'errors';
}

/** People click on it, so it must not be a script. */
function isWebLink(link: string | undefined): link is string {
  return link !== undefined && URL.canParse(link) && ['http:', 'https:'].includes(new URL(link).protocol);
}

/** Alertmanager. */
export const alertmanager = alertSourceKind(
  alertmanagerSchema,
  (config, deps) => new Alertmanager(config, deps.resolveSecret),
);
